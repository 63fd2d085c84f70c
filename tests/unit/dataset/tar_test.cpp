#include "acrtc/dataset/tar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <numeric>

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

TEST_F(Tar, HasNamesOfAnyLength) {
  const std::string name = std::string(150, 'd') + "/" + std::string(120, 'n') + ".jpg", other = name + "2";
  const std::string folder = directory_.path().string();
  ASSERT_EQ(std::system(("cd " + folder + " && tar xf train-000000.tar && mkdir " + name.substr(0, 150) +
                         " && cp a.jpg " + name + " && cp a.cls " + other)
                            .c_str()),
            0);
  for (const std::string format : {"pax", "gnu"}) {
    ASSERT_EQ(std::system(
                  ("cd " + folder + " && tar cf long.tar --format=" + format + " " + name + " a.cls " + other).c_str()),
              0);
    const auto entries = list_tar(directory_ / "long.tar");
    ASSERT_EQ(entries.size(), 3U) << format;
    EXPECT_EQ(entries[0].name, name);
    EXPECT_EQ(entries[0].size, 1000);
    EXPECT_EQ(entries[1].name, "a.cls") << "what is said of one file holds for no other";
    EXPECT_EQ(entries[2].name, other);
  }
}

/// An archive of a file whose pax header has these records.
class PaxRecords : public Tar {
 protected:
  void write(const std::string& records) {
    TarWriter writer(file_);
    writer.add("records", Bytes(records.begin(), records.end()));
    writer.add("a.cls", pattern(600));
    writer.close();
    Bytes bytes = read_bytes(file_);
    bytes[156] = 'x';
    std::fill_n(bytes.begin() + 148, 8, ' ');
    const unsigned sum = std::accumulate(bytes.begin(), bytes.begin() + 512, 0U);
    std::snprintf(reinterpret_cast<char*>(bytes.data()) + 148, 7, "%06o", sum);
    write_plain(file_, bytes);
  }
};

TEST_F(PaxRecords, OverruleTheHeader) {
  write("18 path=b/c d.cls\n12 size=520\n");
  const auto entries = list_tar(file_);
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].name, "b/c d.cls");
  EXPECT_EQ(entries[0].size, 520);
}

TEST_F(PaxRecords, ThatAreBrokenAreNamed) {
  for (const char* records : {"x", "5 a=b\n", "99 path=b\n", "9999999999999999999999 a=b\n", "2 \n", "7 path\n"}) {
    write(records);
    EXPECT_THAT(failure(), HasSubstr("byte 512: no record of a pax header")) << records;
  }
  write("6 a=b\n11 size=-1\n");
  EXPECT_THAT(failure(), HasSubstr("byte 518: the size is no decimal number"));
  write("22 GNU.sparse.major=1\n");
  EXPECT_THAT(failure(), HasSubstr("a sparse file"));
  write("15 size=999999\n");
  EXPECT_THAT(failure(), HasSubstr("a file of 999999 bytes goes beyond the end"));
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
