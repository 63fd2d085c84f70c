#include "acrtc/dataset/idx.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>

#include "support/base/user_error.hpp"
#include "unit/dataset/temporary_files.hpp"

namespace acrtc::dataset {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StrEq;

class IdxTest : public ::testing::Test {
 protected:
  /// The message with which reading `bytes` from a plain file fails, with the file's name shortened to FILE.
  std::string failure(const Bytes& bytes, IdxContent content = IdxContent::images) {
    write_plain(file_, bytes);
    return failure_of_file(content);
  }
  std::string failure_of_file(IdxContent content = IdxContent::images) {
    std::string text = test::user_error([&] { read_idx(file_, content); });
    const auto at = text.find(file_.string());
    return at == std::string::npos ? text : text.replace(at, file_.string().size(), "FILE");
  }

  TemporaryDirectory directory_;
  const std::filesystem::path file_ = directory_ / "x";
  const Bytes good_ = idx_bytes({2, 3, 4}, pattern(24));
};

TEST_F(IdxTest, ReadsImagesPlainAndPacked) {
  for (const auto write : {write_plain, write_gzip}) {
    write(file_, good_);
    const IdxArray array = read_idx(file_, IdxContent::images);
    EXPECT_THAT(array.sizes, ElementsAre(2, 3, 4));
    EXPECT_EQ(array.values, pattern(24));
    EXPECT_EQ(array.byte_of(1), 17);
  }
}

TEST_F(IdxTest, ReadsColourImagesAndLabels) {
  write_plain(file_, idx_bytes({2, 3, 2, 2}, pattern(24)));
  EXPECT_THAT(read_idx(file_, IdxContent::images).sizes, ElementsAre(2, 3, 2, 2));
  write_plain(file_, idx_bytes({3}, {5, 0, 9}));
  EXPECT_THAT(read_idx(file_, IdxContent::labels).values, ElementsAre(5, 0, 9));
}

TEST_F(IdxTest, ReadsFilesOfManyPieces) {
  const Bytes values = pattern((std::size_t{5} << 20) + 3);
  write_gzip(file_, idx_bytes({1, 1, static_cast<std::uint32_t>(values.size())}, values));
  EXPECT_EQ(read_idx(file_, IdxContent::images).values, values);
}

TEST_F(IdxTest, MissingFileAndDirectory) {
  EXPECT_THAT(failure_of_file(), StrEq("cannot read 'FILE' as images (No such file or directory)"));
  std::filesystem::create_directory(file_);
  EXPECT_THAT(failure_of_file(), HasSubstr("Is a directory"));
}

TEST_F(IdxTest, SwappedFilesAreNamed) {
  EXPECT_THAT(failure(good_, IdxContent::labels),
              StrEq("cannot read 'FILE' as labels (magic 0x803 is an image file); did you swap images and labels?"));
  EXPECT_THAT(failure(idx_bytes({3}, {1, 2, 3})),
              StrEq("cannot read 'FILE' as images (magic 0x801 is a label file); did you swap images and labels?"));
}

TEST_F(IdxTest, BadMagic) {
  EXPECT_THAT(failure({'P', 'N', 'G', '\n'}), HasSubstr("byte 0: an IDX file begins with two zero bytes"));
  EXPECT_THAT(failure({0, 0, 0x0D, 3}), HasSubstr("byte 2: element type 0xd"));
  EXPECT_THAT(failure({0, 0, 0x08, 2}), HasSubstr("byte 3: 2 dimensions"));
  EXPECT_THAT(failure({0, 0, 0x08, 255}), HasSubstr("byte 3: 255 dimensions"));
}

TEST_F(IdxTest, EveryTruncationOfAPlainFileIsNoticed) {
  for (std::size_t size = 0; size < good_.size(); ++size)
    EXPECT_THAT(failure(Bytes(good_.begin(), good_.begin() + size)),
                AllOf(HasSubstr("FILE"), HasSubstr("byte " + std::to_string(size) + ": the file ends")));
}

TEST_F(IdxTest, EveryTruncationOfAPackedFileIsNoticed) {
  write_gzip(file_, good_);
  const Bytes packed = read_bytes(file_);
  for (std::size_t size = 0; size < packed.size(); ++size)
    EXPECT_THAT(failure(Bytes(packed.begin(), packed.begin() + size)), HasSubstr("cannot read 'FILE'")) << size;
  EXPECT_THAT(failure(Bytes(packed.begin(), packed.end() - 12)),
              HasSubstr("of the unpacked data: the compressed data end early"));
}

TEST_F(IdxTest, DamagedPackedFileIsNoticed) {
  write_gzip(file_, good_);
  Bytes packed = read_bytes(file_);
  packed[packed.size() - 8] ^= 1;  // the checksum
  EXPECT_THAT(failure(packed), HasSubstr("damaged gzip data: incorrect data check)"));
}

TEST_F(IdxTest, TrailingBytesAreNoticed) {
  Bytes longer = good_;
  longer.push_back(0);
  EXPECT_THAT(failure(longer), HasSubstr("byte 40: the file goes on after the 24 elements"));
  write_gzip(file_, longer);
  EXPECT_THAT(failure_of_file(), HasSubstr("byte 40 of the unpacked data: the file goes on"));
}

TEST_F(IdxTest, WhatFollowsPackedDataIsNoticed) {
  write_gzip(file_, good_);
  const Bytes packed = read_bytes(file_);
  Bytes longer = packed;
  longer.insert(longer.end(), 20, 'x');
  EXPECT_THAT(failure(longer), HasSubstr("byte 40 of the unpacked data: something that is no gzip data follows"));
  Bytes twice = packed;
  twice.insert(twice.end(), packed.begin(), packed.end());
  EXPECT_THAT(failure(twice), HasSubstr("byte 40 of the unpacked data: the file goes on")) << "a second member";
}

TEST_F(IdxTest, PackedDataMayComeInSeveralMembers) {
  write_gzip(file_, Bytes(good_.begin(), good_.begin() + 20));
  Bytes packed = read_bytes(file_);
  write_gzip(file_, Bytes(good_.begin() + 20, good_.end()));
  const Bytes rest = read_bytes(file_);
  packed.insert(packed.end(), rest.begin(), rest.end());
  write_plain(file_, packed);
  EXPECT_EQ(read_idx(file_, IdxContent::images).values, pattern(24));
}

TEST_F(IdxTest, BeyondMemoryIsAnErrorOfTheFile) {
#ifdef ACRTC_SANITIZED
  GTEST_SKIP() << "a sanitizer takes more address space than the limit";
#endif
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  write_plain(file_, idx_bytes({1, 1, 1 << 30}, {}));
  std::filesystem::resize_file(file_, 16 + (1 << 30));
  const auto read_in_little_memory = [&] {
    const rlimit limit{rlim_t{1} << 28, rlim_t{1} << 28};
    setrlimit(RLIMIT_AS, &limit);
    std::fputs(failure_of_file().c_str(), stderr);
    std::_Exit(0);
  };
  EXPECT_EXIT(read_in_little_memory(), ::testing::ExitedWithCode(0),
              "cannot read 'FILE' as images .byte [0-9]+: the system gives no more memory for what it holds");
}

TEST_F(IdxTest, ZeroSizesAreRefused) {
  EXPECT_THAT(failure(idx_bytes({2, 0, 4}, {})), HasSubstr("byte 8: dimension 1 has size 0"));
}

TEST_F(IdxTest, HugeSizesFailWithoutTakingMemory) {
  EXPECT_THAT(failure(idx_bytes({0xFFFFFFFF, 0x7FFFFFFF, 3}, {})),
              HasSubstr("byte 8: dimension 1 of size 2147483647 makes more than 2^34 elements"));
  EXPECT_THAT(failure(idx_bytes({0x10000, 0x20000, 2}, pattern(9))), HasSubstr("it holds 9"));
  write_gzip(file_, idx_bytes({0xFFFFFFFF}, pattern(9)));
  EXPECT_THAT(failure_of_file(IdxContent::labels), HasSubstr("promise 4294967295 elements, it holds 9"));
}

}  // namespace
}  // namespace acrtc::dataset
