#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "acrtc/base/error.hpp"
#include "acrtc/dataset/pack.hpp"
#include "acrtc/dataset/tar.hpp"
#include "unit/dataset/made_up.hpp"
#include "unit/dataset/temporary_files.hpp"

namespace acrtc::dataset {
namespace {

using namespace testing;
using ::testing::HasSubstr;

/// A pack of three training shards of two samples each, one of whose files is lost.
class LostFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto writer = tar_pack_writer(directory_.path(), {StoredFormat{Encoding::u8, {1, 1, 1}, {0}, {1}}, 2}, 2049);
    for (const Split split : {Split::train, Split::test}) {
      writer->begin(split);
      for (std::uint8_t n = 0; n < 6; ++n) writer->add(Bytes{n}, n % 2);
    }
    writer->finish();
    ASSERT_TRUE(std::filesystem::exists(directory_ / "train-000002.tar"));
    EXPECT_EQ(open_tar_pack(directory_.path()).storage->size(Split::train), 6);
  }
  std::string failure_without(const char* name) {
    std::filesystem::rename(directory_ / name, directory_ / "elsewhere");
    const auto failure = user_error([&] { open_tar_pack(directory_.path()); });
    std::filesystem::rename(directory_ / "elsewhere", directory_ / name);
    return failure;
  }
  TemporaryDirectory directory_;
};

TEST_F(LostFiles, AreNoticed) {
  for (const char* name : {"train-000000.tar", "train-000001.tar", "train-000002.tar", "test-000002.tar",
                           "train-000001.index", "train-000002.index"})
    EXPECT_THAT(failure_without(name), HasSubstr(std::string(name) + " is missing, pack.txt counts 3 t"));
  EXPECT_THAT(failure_without("pack.txt"), HasSubstr("pack.txt is missing, to which train-000000.index belongs"));
}

TEST_F(LostFiles, OfWhichOthersTookThePlaceAreNoticed) {
  const auto copy = [&](const std::string& from, const std::string& to) {
    for (const char* extension : {".tar", ".index"})
      std::filesystem::copy(directory_ / (from + extension), directory_ / (to + extension),
                            std::filesystem::copy_options::overwrite_existing);
  };
  const auto failure = [&] { return user_error([&] { open_tar_pack(directory_.path()); }); };
  copy("train-000000", "train-000003");
  EXPECT_THAT(failure(), HasSubstr("pack.txt counts 3 train shards, train-000003 is beyond"));
  for (const char* extension : {".tar", ".index"})
    std::filesystem::remove(directory_ / (std::string("train-000003") + extension));
  TarWriter(directory_ / "train-000001.tar").close();
  write_text(directory_ / "train-000001.index", "acrtc-shard 1\nend cc09762c\n");
  EXPECT_THAT(failure(), HasSubstr("pack.txt counts 6 train samples, the indexes hold 4"));
}

class ForeignShards : public ::testing::Test {
 protected:
  void write(const std::string& name, const Bytes& jpeg, const std::string& label) {
    TarWriter writer(directory_ / name);
    writer.add("x/0.jpg", jpeg);
    writer.add("x/0.json", Bytes{'{', '}'});
    if (!label.empty()) writer.add("x/0.cls", Bytes(label.begin(), label.end()));
    writer.close();
  }
  std::string failure() {
    return user_error([&] { open_tar_pack(directory_.path()); });
  }
  TemporaryDirectory directory_;
  Bytes jpeg_ = encode_jpeg(picture(40, 30), 90);
};

TEST_F(ForeignShards, AreReadByTheirHeaders) {
  write("train-000000.tar", jpeg_, "1\n");
  write("train-000001.tar", jpeg_, "0");
  write("test-000000.tar", jpeg_, "1");
  const Pack pack = open_tar_pack(directory_.path());
  EXPECT_EQ(pack.facts.classes, 2);
  EXPECT_EQ(pack.storage->size(Split::train), 2);
  Bytes bytes;
  EXPECT_EQ(pack.storage->read(Split::train, 0, bytes), 1);
  EXPECT_EQ(bytes, jpeg_);
}

TEST_F(ForeignShards, SayWhatTheyLack) {
  EXPECT_THAT(failure(), HasSubstr("train-000000.tar"));
  write("train-000000.tar", jpeg_, "");
  EXPECT_THAT(failure(), HasSubstr("'x/0' lacks its .cls file"));
  write("train-000000.tar", jpeg_, "cat");
  EXPECT_THAT(failure(), HasSubstr("'x/0.cls' holds no label"));
  write("train-000000.tar", jpeg_, "0");
  write("test-000000.tar", jpeg_, "1");
  EXPECT_THAT(failure(), HasSubstr("label 1 is not below the number of classes, 1"));
}

TEST_F(ForeignShards, WithAGapAreRefused) {
  for (const char* name : {"train-000000.tar", "train-000002.tar", "test-000000.tar"}) write(name, jpeg_, "0");
  EXPECT_THAT(failure(), HasSubstr("train-000001.tar is missing, train-000002.tar is there"));
}

TEST_F(ForeignShards, WithADamagedIndexAreRefused) {
  write_text(directory_ / "pack.txt",
             "acrtc-pack 2\nencoding u8\nshape 1 1 1\nclasses 1\nmean 0\nstd 1\ntrain 1 1\ntest 1 1\n");
  write("train-000000.tar", jpeg_, "0");
  write("test-000000.tar", jpeg_, "0");
  const auto index = [&](const std::string& text) {
    write_text(directory_ / "train-000000.index", text);
    return failure();
  };
  EXPECT_THAT(index("acrtc-shard 2\n"), HasSubstr("line 1: does not read 'acrtc-shard 1'"));
  EXPECT_THAT(index("acrtc-shard 1\n512 1 0\n"), HasSubstr("line 2: not BEGIN SIZE LABEL CRC32"));
  EXPECT_THAT(index("acrtc-shard 1\n512 99999999 0 00000000\n"), HasSubstr("line 2: the sample lies beyond"));
  EXPECT_THAT(index("acrtc-shard 1\n512 1 -4 00000000\n"), HasSubstr("label -4 is negative"));
  EXPECT_THAT(index("acrtc-shard 1\n512 1 0 00000000\n"), HasSubstr("ends early"));
  std::string endless = "acrtc-shard 1\n";
  for (int i = 0; i < 1000; ++i) endless += "512 1 0 00000000\n";
  EXPECT_THAT(index(endless), HasSubstr("more samples than the shard holds"));
  EXPECT_THAT(index("acrtc-shard 1\nend 00000000\n"), HasSubstr("the checksum of the index is wrong"));
}

TEST_F(ForeignShards, WithImpossibleFactsAreRefused) {
  const auto facts = [&](const std::string& text) {
    const std::string all = "acrtc-pack 2\n" + text;
    write_text(directory_ / "pack.txt", all);
    return failure();
  };
  EXPECT_THAT(facts("shape 3 -2 2\n"), HasSubstr("line 2: not integers from 1"));
  EXPECT_THAT(facts("encoding u8\nshape 100000 100000 100000\nclasses 2\n"), HasSubstr("2^28 values"));
  EXPECT_THAT(facts("encoding u8\nshape 1 2 2\n"), HasSubstr("no number of classes"));
  EXPECT_THAT(facts("encoding u8\nshape 1 2 2\nclasses 2\nmean 0\nstd 0\n"), HasSubstr("deviation above 0"));
  EXPECT_THAT(facts("colour red\n"), HasSubstr("'colour' is none of"));
  EXPECT_THAT(facts("mean nan\n"), HasSubstr("'nan' is no finite number"));
  EXPECT_THAT(facts("train 2\n"), HasSubstr("line 2: another number of values than train has"));
  EXPECT_THAT(facts("encoding u8\nshape 1 1 1\nclasses 2\nmean 0\nstd 1\ntrain 1 1\n"),
              HasSubstr("how many test shards"));
}

}  // namespace
}  // namespace acrtc::dataset
