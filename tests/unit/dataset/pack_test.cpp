#include "acrtc/dataset/pack.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "acrtc/base/error.hpp"
#include "unit/dataset/made_up.hpp"
#include "unit/dataset/temporary_files.hpp"

namespace acrtc::dataset {
namespace {

using namespace testing;
using ::testing::AnyOf;
using ::testing::HasSubstr;

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

}  // namespace
}  // namespace acrtc::dataset
