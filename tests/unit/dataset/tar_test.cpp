#include "acrtc/dataset/tar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "acrtc/base/error.hpp"
#include "unit/dataset/made_up.hpp"
#include "unit/dataset/temporary_files.hpp"

namespace acrtc::dataset {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

class Tar : public ::testing::Test {
 protected:
  void SetUp() override {
    TarWriter writer(file_);
    begin_ = writer.add("a.jpg", pattern(1000));
    writer.add("a.cls", {});
    writer.close();
  }
  std::string failure() {
    return user_error([&] { list_tar(file_); });
  }
  void edit(std::size_t byte, std::uint8_t value) {
    Bytes bytes = read_bytes(file_);
    bytes[byte] = value;
    write_plain(file_, bytes);
  }
  TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_ / "train-000000.tar";
  std::int64_t begin_ = 0;
};

TEST_F(Tar, ListsWhatWasWritten) {
  const auto entries = list_tar(file_);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].name, "a.jpg");
  EXPECT_EQ(entries[0].begin, begin_);
  EXPECT_EQ(entries[0].size, 1000);
  EXPECT_EQ(entries[1].size, 0);
  const Bytes bytes = read_bytes(file_);
  EXPECT_EQ(Bytes(bytes.begin() + begin_, bytes.begin() + begin_ + 1000), pattern(1000));
}

TEST_F(Tar, IsReadByTarAndReadsTars) {
  const std::string folder = directory_.path().string();
  ASSERT_EQ(std::system(("cd " + folder +
                         " && tar xf train-000000.tar && mkdir d && mv a.jpg d && "
                         "tar cf other.tar --format=pax d/a.jpg a.cls && tar cf gnu.tar --format=gnu d a.cls")
                            .c_str()),
            0);
  EXPECT_EQ(read_bytes(directory_ / "d/a.jpg"), pattern(1000));
  for (const char* name : {"other.tar", "gnu.tar"}) {
    const auto entries = list_tar(directory_ / name);
    ASSERT_EQ(entries.size(), 2U) << name;
    EXPECT_EQ(entries[0].name, "d/a.jpg");
    EXPECT_EQ(entries[0].size, 1000);
  }
}

TEST_F(Tar, SaysWhereItIsDamaged) {
  edit(2, 'x');
  EXPECT_THAT(failure(), AllOf(HasSubstr(file_.string()), HasSubstr("byte 0: no header")));
}

TEST_F(Tar, SaysWhereItWasCutShort) {
  const Bytes whole = read_bytes(file_);
  write_plain(file_, Bytes(whole.begin(), whole.begin() + 900));
  EXPECT_THAT(failure(), HasSubstr("byte 0: a file of 1000 bytes goes beyond the end"));
  write_plain(file_, Bytes(whole.begin(), whole.begin() + 1536));
  EXPECT_THAT(failure(), HasSubstr("byte 1536: the archive ends without an end mark"));
  write_plain(file_, {});
  EXPECT_THAT(failure(), HasSubstr("byte 0: the archive ends"));
  EXPECT_THAT(user_error([&] { list_tar(directory_.path()); }), HasSubstr("no regular file"));
}

}  // namespace
}  // namespace acrtc::dataset
