#include "acrtc/record/run_reader.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "acrtc/store/copy.hpp"
#include "sample_run.hpp"

namespace acrtc::record {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RunReaderTest : public ScratchTest {};

TEST_F(RunReaderTest, DescriptionComesBack) {
  RunLog log(path(), sample_description());
  const RunReader reader(path());
  EXPECT_EQ(reader.format_version(), log_format_version);
  EXPECT_EQ(reader.provenance().configuration, "[train]\nseed = 7\nnodes = 2\n");
  EXPECT_THAT(reader.provenance().host_names, ElementsAre("alpha", "beta"));
  EXPECT_EQ(reader.nodes(), 2);
  ASSERT_EQ(reader.layers().size(), 2u);
  EXPECT_EQ(reader.layers()[0].output, (SampleShape{20, 24, 24}));
  EXPECT_TRUE(reader.layers()[0].has_gemm);
  EXPECT_FALSE(reader.layers()[1].has_gemm);
  ASSERT_EQ(reader.gemms().size(), 2u);
  EXPECT_EQ(reader.gemms()[1].layer, "conv1");
  EXPECT_EQ(reader.gemms()[1].role, reuse::Role::grad_weight);
  EXPECT_EQ(reader.gemms()[1].k, 576);
  EXPECT_EQ(reader.format(), reuse::Format::fp16);
  EXPECT_EQ(reader.lanes(), 8);
  EXPECT_TRUE(reader.bit_reproducible());
  EXPECT_EQ(reader.layers()[0].parameters, 520);
  EXPECT_EQ(reader.dataset("network/macs").type(), store::ElementType::u64);
  EXPECT_EQ(reader.dataset("network/parameters").type(), store::ElementType::u64);
  EXPECT_EQ(reader.dataset("steps/samples").type(), store::ElementType::u64);
}

TEST_F(RunReaderTest, TellsWhatPricingOnOtherHardwareNeeds) {
  RunLog log(path(), sample_description());
  const RunReader reader(path());
  EXPECT_EQ(reader.layers()[0].input_elements, 784);
  EXPECT_FALSE(reader.layers()[0].fused);
  EXPECT_TRUE(reader.layers()[1].fused);
  EXPECT_EQ(reader.gemms()[0].stored_input, 784);
  EXPECT_EQ(reader.pass().batch, 8);
  EXPECT_EQ(reader.pass().micro_batches, 2);
  EXPECT_EQ(reader.pass().weight_gradient_operand, network::WeightGradientOperand::dy);
  EXPECT_EQ(reader.pass().input_bytes, 784);
  EXPECT_EQ(reader.pass().optimizer_bytes, 20);
}

TEST_F(RunReaderTest, TellsWhichRunsOtherRanksDoNotRepeat) {
  RunDescription description = sample_description();
  description.sync = train::Sync::iallreduce;
  RunLog log(path(), description);
  EXPECT_FALSE(RunReader(path()).bit_reproducible());
}

TEST_F(RunReaderTest, FollowsARunningWriter) {
  RunLog log(path(), sample_description());
  RunReader reader(path());
  EXPECT_EQ(reader.rows("steps"), 0);
  log.on_step(sample_step(0));
  reader.refresh();
  EXPECT_EQ(reader.rows("steps"), 1);
  EXPECT_THAT(reader.column<double>("nodes/time"), ElementsAre(3, 6));
}

TEST_F(RunReaderTest, OtherFilesAreRefusedWithTheReason) {
  EXPECT_THAT(user_error([&] { RunReader(path("none.h5")); }), HasSubstr("none.h5"));
  std::ofstream(path("text.h5")) << "no HDF5 at all";
  EXPECT_THAT(user_error([&] { RunReader(path("text.h5")); }), HasSubstr("text.h5"));
  store::File::create(path("other.h5")).close();
  EXPECT_THAT(user_error([&] { RunReader(path("other.h5")); }), HasSubstr("no run log"));
  store::File newer = store::File::create(path("newer.h5"));
  newer.root().set_attribute("format", std::string(log_format));
  newer.root().set_attribute("format_version", std::string("2.0"));
  newer.close();
  EXPECT_THAT(user_error([&] { RunReader(path("newer.h5")); }), HasSubstr("version '2.0'"));
}

TEST_F(RunReaderTest, RepairKeepsAllRowsOfAnUnfinishedLog) {
  RunLog log(path(), sample_description());
  write_sample(log, 3);
  repair(path(), path("repaired.h5"));
  store::File::open(path("repaired.h5"), store::Access::read);
  const RunReader reader(path("repaired.h5"));
  EXPECT_EQ(reader.state(), RunState::interrupted);
  EXPECT_EQ(reader.column<double>("steps/loss"), RunReader(path()).column<double>("steps/loss"));
  EXPECT_EQ(reader.rows("layers"), 1);
}

TEST_F(RunReaderTest, ColumnWithOtherCellsIsRefused) {
  RunLog log(path(), sample_description());
  write_sample(log, 3);
  log.end(RunState::finished);
  const auto from = store::File::open(path()).root();
  auto file = store::File::create(path("other.h5"));
  auto to = file.root();
  for (const auto& name : from.attributes()) to.set_attribute(name, from.attribute(name));
  for (const auto& name : from.groups())
    if (name != "layers") store::copy_contents(from.group(name), to.create_group(name), store::Layout::plain);
  to.create_group("layers").create_column("exact", store::ElementType::u8, {2});
  file.close();
  EXPECT_THAT(user_error([&] { RunReader reader(path("other.h5")); }), HasSubstr("'/layers/exact'"));
}

}  // namespace
}  // namespace acrtc::record
