#include "acrtc/dataset/pack.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <limits>

#include "acrtc/base/error.hpp"
#include "acrtc/dataset/tar.hpp"
#include "acrtc/store/file.hpp"
#include "unit/dataset/made_up.hpp"
#include "unit/dataset/temporary_files.hpp"

namespace acrtc::dataset {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A dataset, and the same packed.
class Packed : public ::testing::TestWithParam<PackFormat> {
 protected:
  void write(const std::string& name, const Table& settings) {
    original_ = make(name, settings);
    pack(*original_, directory_ / "pack", {.format = GetParam(), .shard_bytes = 30000});
  }
  std::unique_ptr<Dataset> open(Table settings = {}) {
    const bool tar = GetParam() == PackFormat::tar;
    const auto path = directory_ / (tar ? "pack" : "pack/pack.h5");
    settings.set(tar ? "directory" : "file", Value(Value::Data(path.string())));
    return make(tar ? "shards" : "hdf5", settings);
  }
  /// The samples of a split as (label, bytes), in any order.
  static std::multiset<std::pair<std::int32_t, Bytes>> contents(const Dataset& dataset, Split split) {
    std::multiset<std::pair<std::int32_t, Bytes>> all;
    Bytes bytes;
    for (std::int64_t i = 0; i < dataset.size(split); ++i) {
      const std::int32_t label = dataset.read_stored(split, i, bytes);
      all.emplace(label, bytes);
    }
    return all;
  }
  void expect_same() {
    const auto packed = open();
    EXPECT_EQ(packed->classes(), original_->classes());
    for (const Split split : {Split::train, Split::test})
      EXPECT_EQ(contents(*packed, split), contents(*original_, split));
  }
  TemporaryDirectory directory_;
  std::unique_ptr<Dataset> original_;
};

TEST_P(Packed, BytesAreTheSame) {
  write_made_up("cifar10", {.out = directory_.path(), .train_samples = 50, .test_samples = 7});
  write("cifar10", table_of({{"directory", directory_.path().string()}}));
  expect_same();
  const auto packed = open();
  std::vector<float> a(3072), b(3072);
  original_->read({Split::test, 3, 0}, a);
  packed->read({Split::test, 3, 0}, b);
  EXPECT_EQ(a, b) << "mean and deviation came along";
  EXPECT_EQ(packed->run_length(), 16);
}

TEST_P(Packed, TrainingSamplesAreMixed) {
  write("synthetic", table_of({{"train_samples", std::int64_t{200}},
                               {"test_samples", std::int64_t{20}},
                               {"height", std::int64_t{3}},
                               {"width", std::int64_t{3}}}));
  expect_same();
  const auto packed = open();
  std::vector<float> out(9);
  int in_place = 0;
  for (std::int64_t i = 0; i < 200; ++i) in_place += packed->read({Split::train, i, 0}, out) == i % 10;
  EXPECT_LT(in_place, 50);
  EXPECT_EQ(packed->read({Split::test, 13, 0}, out), 3) << "test samples keep their order";
}

TEST_P(Packed, PhotographsStayJpegFiles) {
  write_tiny_imagenet(directory_.path());
  write("imagenet", tiny_imagenet_settings(directory_.path()));
  expect_same();
  const Table same_crop = table_of({{"size", std::int64_t{16}}, {"resize", std::int64_t{20}}});
  const auto packed = open(same_crop);
  std::vector<float> a(3 * 256), b(a);
  EXPECT_EQ(original_->read({Split::test, 5, 0}, a), packed->read({Split::test, 5, 0}, b));
  EXPECT_EQ(a, b);
}

TEST_P(Packed, DamagedBytesAreNoticed) {
  write_made_up("cifar10", {.out = directory_.path(), .train_samples = 10, .test_samples = 1});
  write("cifar10", table_of({{"directory", directory_.path().string()}}));
  const bool tar = GetParam() == PackFormat::tar;
  const auto path = directory_ / (tar ? "pack/test-000000.tar" : "pack/pack.h5");
  Bytes file = read_bytes(path), sample;
  original_->read_stored(Split::test, 0, sample);
  const auto at = std::search(file.begin(), file.end(), sample.begin(), sample.end());
  ASSERT_NE(at, file.end());
  at[100] ^= 1;
  write_plain(path, file);
  std::vector<float> out(3072);
  EXPECT_THAT(user_error([&] { open()->read({Split::test, 0, 0}, out); }), HasSubstr("the checksums differ"));
}

TEST_P(Packed, NothingIsLeftOfAPackThatFails) {
  write_tiny_imagenet(directory_ / "images");
  Table settings = tiny_imagenet_settings(directory_ / "images");
  std::filesystem::remove(directory_ / "images/train/n00000001/n00000001_3.JPEG");
  std::filesystem::create_directory(directory_ / "images/train/n00000001/n00000001_3.JPEG");
  settings.set("on_corrupt", Value(Value::Data(std::string("fail"))));
  EXPECT_THAT(user_error([&] { write("imagenet", settings); }), HasSubstr("no regular file"));
  settings.set("on_corrupt", Value(Value::Data(std::string("skip"))));
  write("imagenet", settings);
  EXPECT_EQ(original_->damage().samples, 1);
  EXPECT_EQ(open()->size(Split::train), original_->size(Split::train));
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path()))
    EXPECT_THAT(entry.path().filename(), AnyOf("images", "pack"));
}

TEST_P(Packed, HalfAPackIsNone) {
  const auto format = StoredFormat{Encoding::u8, {1, 1, 1}, {0}, {1}};
  std::filesystem::create_directories(directory_ / "pack");
  {
    const auto writer = GetParam() == PackFormat::tar ? tar_pack_writer(directory_ / "pack", {format, 2}, 1000)
                                                      : hdf5_pack_writer(directory_ / "pack", {format, 2});
    writer->begin(Split::train);
    writer->add(Bytes{1}, 0);
  }
  EXPECT_THAT(user_error([&] { open(); }), HasSubstr("pack"));
}

TEST_P(Packed, TrainingSamplesAreOfEveryClass) {
  std::filesystem::create_directories(directory_ / "pack");
  const PackFacts facts{StoredFormat{Encoding::u8, {1, 1, 1}, {0}, {1}}, 3};
  const auto writer = GetParam() == PackFormat::tar ? tar_pack_writer(directory_ / "pack", facts, 1000)
                                                    : hdf5_pack_writer(directory_ / "pack", facts);
  writer->begin(Split::train);
  for (const std::int32_t label : {0, 2}) writer->add(Bytes{1}, label);
  writer->begin(Split::test);
  writer->add(Bytes{1}, 0);
  writer->finish();
  EXPECT_THAT(user_error([&] { open(); }), HasSubstr("no training sample is of class 1 of 0 to 2"));
}

INSTANTIATE_TEST_SUITE_P(Formats, Packed, ::testing::Values(PackFormat::tar, PackFormat::hdf5),
                         [](const auto& test) { return test.param == PackFormat::tar ? "tar" : "hdf5"; });

/// A pack of two samples of two bytes, made by hand with one of its datasets replaced.
class HandmadeHdf5Pack : public ::testing::Test {
 protected:
  using Maker = std::function<void(store::Group, const std::string& name)>;

  template <class T>
  static Maker values(std::vector<T> values, std::vector<std::int64_t> shape) {
    return
        [=](store::Group group, const std::string& name) { group.create<T>(name, std::span<const T>(values), shape); };
  }
  /// HDF5 stores nothing of it and reads zeros.
  static Maker unwritten(store::ElementType type, std::vector<std::int64_t> shape) {
    return [=](store::Group group, const std::string& name) { group.create_fixed(name, type, shape); };
  }

  std::string failure(const std::string& replaced = {}, const Maker& replacement = {}) {
    const auto path = directory_ / "pack.h5";
    auto file = store::File::create(path, store::Existing::replace);
    store::Group root = file.root();
    const auto make = [&](store::Group group, const std::string& name, const Maker& usual) {
      (group.name() + name == replaced ? replacement : usual)(group, name);
    };
    root.set_attribute("encoding", std::string("u8"));
    for (const char* key : {"acrtc_pack", "complete", "channels", "height"}) root.set_attribute(key, std::int64_t{1});
    root.set_attribute("width", std::int64_t{2});
    root.set_attribute("classes", classes_);
    make(root, "mean", values<double>({0}, {1}));
    make(root, "std", values<double>({1}, {1}));
    for (const char* split : {"train", "test"}) {
      const store::Group group = root.create_group(split);
      make(group, "bytes", values<std::uint8_t>({1, 2, 3, 4}, {2, 2}));
      make(group, "end", values<std::int64_t>({2, 4}, {2}));
      make(group, "label", values<std::int64_t>({0, 1}, {2}));
      make(group, "crc32", values<std::int64_t>({0xb6cc4292, 0x6d998525}, {2}));
    }
    file.close();
    return user_error([&] { open_hdf5_pack(path); });
  }

  TemporaryDirectory directory_;
  std::int64_t classes_ = 2;
};

TEST_F(HandmadeHdf5Pack, IsReadAsItIs) { EXPECT_THAT(failure(), IsEmpty()); }

TEST_F(HandmadeHdf5Pack, TakesNoMemoryForWhatItDoesNotHold) {
  constexpr std::int64_t endless = std::int64_t{1} << 40;
  for (const char* name : {"end", "label", "crc32"})
    EXPECT_THAT(failure(std::string("/train") + name, unwritten(store::ElementType::i64, {endless})),
                AllOf(HasSubstr(name), HasSubstr("1099511627776 elements are more than a file of")));
  EXPECT_THAT(failure("/testbytes", unwritten(store::ElementType::u8, {endless, 2})), HasSubstr("are more than"));
  EXPECT_THAT(failure("/testbytes", unwritten(store::ElementType::u8, {2, endless})), HasSubstr("are more than"));
  EXPECT_THAT(failure("/mean", unwritten(store::ElementType::f64, {endless})), HasSubstr("are more than"));
}

TEST_F(HandmadeHdf5Pack, HasRowsThatHoldSomething) {
  EXPECT_THAT(failure("/trainbytes", unwritten(store::ElementType::u8, {4, 0})), HasSubstr("it holds nothing"));
  EXPECT_THAT(failure("/trainbytes", values<std::uint8_t>({1, 2, 3, 4}, {4})), HasSubstr("2 dimensions"));
  EXPECT_THAT(failure("/trainend", values<std::int64_t>({2, 4}, {2, 1})), HasSubstr("1 dimensions"));
  EXPECT_THAT(failure("/trainend", values<std::int64_t>({4, 2}, {2})), HasSubstr("sample 1 goes from byte 4 to 2"));
  EXPECT_THAT(failure("/testlabel", values<std::int64_t>({0, 2}, {2})), HasSubstr("sample 1: label 2 is not below"));
}

TEST_F(HandmadeHdf5Pack, HasFactsThatArePossible) {
  for (const double mean : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    EXPECT_THAT(failure("/mean", values<double>({mean}, {1})), HasSubstr("a finite mean"));
    EXPECT_THAT(failure("/std", values<double>({mean}, {1})), HasSubstr("a finite mean"));
  }
  classes_ = std::int64_t{1} << 40;
  EXPECT_THAT(failure(), HasSubstr("it names no number of classes, 1 to 16777216"));
}

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
