#include "acrtc/record/provenance.hpp"

#include <gmock/gmock.h>

#include "acrtc/store/file.hpp"
#include "sample_run.hpp"

namespace acrtc::record {
namespace {

class ProvenanceTest : public ScratchTest {};

TEST_F(ProvenanceTest, ComesBackAsItWas) {
  Provenance before;
  before.commit = "abc-dirty";
  before.configuration = std::string(100000, 'x');
  before.library_versions = {"HDF5 1.10.8", "Open MPI 4.1.4"};
  before.ranks = 4;
  before.restart_count = 2;
  store::File file = store::File::create(path());
  store::Group root = file.root();
  write_provenance(root, before);
  const Provenance after = read_provenance(root);
  EXPECT_EQ(after.commit, before.commit);
  EXPECT_EQ(after.configuration, before.configuration);
  EXPECT_EQ(after.library_versions, before.library_versions);
  EXPECT_EQ(after.ranks, 4);
  EXPECT_EQ(after.restart_count, 2);
}

TEST_F(ProvenanceTest, MissingAttributesKeepTheirDefaults) {
  EXPECT_EQ(read_provenance(store::File::create(path()).root()).ranks, 1);
}

}  // namespace
}  // namespace acrtc::record
