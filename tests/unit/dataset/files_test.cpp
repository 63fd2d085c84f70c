#include "acrtc/dataset/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/base/user_error.hpp"
#include "unit/dataset/temporary_files.hpp"

namespace acrtc::dataset {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string failure(const std::filesystem::path& directory) {
  return test::user_error([&] { find_file(directory, "a", "install the package"); });
}

TEST(FindFile, PrefersThePlainFile) {
  const TemporaryDirectory directory;
  write_plain(directory / "a.gz", {1});
  EXPECT_EQ(find_file(directory.path(), "a", ""), directory / "a.gz");
  write_plain(directory / "a", {1});
  EXPECT_EQ(find_file(directory.path(), "a", ""), directory / "a");
  EXPECT_EQ(find_file("elsewhere", (directory / "a").string(), ""), directory / "a");
}

TEST(FindFile, SaysWhatIsMissingAndHowToGetIt) {
  const TemporaryDirectory directory;
  EXPECT_THAT(failure(directory.path()), AllOf(HasSubstr("'" + (directory / "a").string() + "'"), HasSubstr("'a.gz'"),
                                               HasSubstr("install the package")));
  EXPECT_THAT(failure(directory / "none"), HasSubstr("no directory '" + (directory / "none").string() + "'"));
}

TEST(MakeNewDirectory, RefusesOneInUse) {
  const TemporaryDirectory directory;
  make_new_directory(directory / "a/b");
  EXPECT_TRUE(std::filesystem::is_directory(directory / "a/b"));
  EXPECT_NO_THROW(make_new_directory(directory / "a/b"));
  EXPECT_THROW(make_new_directory(directory / "a"), UserError);
  write_plain(directory / "file", {1});
  EXPECT_THROW(make_new_directory(directory / "file"), UserError);
}

}  // namespace
}  // namespace acrtc::dataset
