/// What every registered dataset promises, and what the shipped sources do beyond.
#include "acrtc/dataset/dataset.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <utility>

#include "acrtc/base/error.hpp"
#include "acrtc/dataset/batch.hpp"
#include "unit/dataset/made_up.hpp"
#include "unit/dataset/temporary_files.hpp"

namespace acrtc::dataset {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

void write_idx_set(const std::filesystem::path& directory) {
  Bytes labels(30);
  for (std::size_t n = 0; n < labels.size(); ++n) labels[n] = static_cast<std::uint8_t>((n + 9) % 10);
  write_gzip(directory / "train-images-idx3-ubyte.gz", idx_bytes({30, 4, 5}, pattern(600)));
  write_plain(directory / "train-labels-idx1-ubyte", idx_bytes({30}, labels));
  write_plain(directory / "t10k-images-idx3-ubyte", idx_bytes({2, 4, 5}, pattern(40)));
  write_gzip(directory / "t10k-labels-idx1-ubyte.gz", idx_bytes({2}, {0, 3}));
}

/// Packs a tiny CIFAR-10 into `directory`.
void write_pack(const std::filesystem::path& directory, PackFormat format) {
  write_made_up("cifar10", {.out = directory, .train_samples = 40, .test_samples = 12});
  pack(*make("cifar10", table_of({{"directory", directory.string()}})), directory / "pack",
       {.format = format, .shard_bytes = 40000});
}

/// A tree of the sports activities, written once: it has a file for each activity and person at least.
const std::filesystem::path& sports_tree() {
  static const TemporaryDirectory directory;
  static const bool written = (write_made_up("sports", {.out = directory.path(), .train_samples = 1}), true);
  static_cast<void>(written);
  return directory.path();
}

/// Settings that make the dataset small, with files of its own in `directory`. A plug-in that is not named here is
/// tried as it comes.
Table tiny_settings(const std::string& name, const std::filesystem::path& directory) {
  if (name == "mnist" || name == "fashion-mnist") {
    write_idx_set(directory);
    return table_of({{"directory", directory.string()}});
  }
  const Table in_directory = table_of({{"directory", directory.string()}});
  if (name == "cifar10" || name == "cifar100" || name == "isolet") {
    write_made_up(name, {.out = directory, .train_samples = 100, .test_samples = 30});
    return in_directory;
  }
  if (name == "sports") return table_of({{"directory", sports_tree().string()}});
  if (name == "digits") {
    write_made_up(name, {.out = directory, .train_samples = 60, .test_samples = 30});
    return table_of({{"file", (directory / "digits.csv").string()}, {"test_rows", std::int64_t{30}}});
  }
  if (name == "imagenet") {
    write_tiny_imagenet(directory);
    return tiny_imagenet_settings(directory);
  }
  if (name == "shards" || name == "hdf5") {
    write_pack(directory, name == "shards" ? PackFormat::tar : PackFormat::hdf5);
    return name == "shards" ? table_of({{"directory", (directory / "pack").string()}})
                            : table_of({{"file", (directory / "pack/pack.h5").string()}});
  }
  if (name == "synthetic")
    return table_of({{"channels", std::int64_t{3}},
                     {"height", std::int64_t{5}},
                     {"train_samples", std::int64_t{40}},
                     {"test_samples", std::int64_t{12}}});
  return {};
}

class AnyDataset : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    table_ = tiny_settings(GetParam(), directory_.path());
    try {
      dataset_ = make(GetParam(), table_);
    } catch (const UserError& error) {
      GTEST_SKIP() << error.what();
    }
  }
  Batch read(const Dataset& dataset, Split split, int threads) {
    std::vector<std::uint32_t> indices(std::min<std::int64_t>(dataset.size(split), 100));
    std::iota(indices.begin(), indices.end(), 0U);
    Batch batch;
    read_batch(dataset, split, 1, indices, threads, batch);
    return batch;
  }
  static std::vector<float> values(const Batch& batch) {
    return {batch.images.values().begin(), batch.images.values().end()};
  }

  TemporaryDirectory directory_;
  Table table_;
  std::unique_ptr<Dataset> dataset_;
};

TEST_P(AnyDataset, HasSamplesOfOneShapeWithLabelsInRange) {
  EXPECT_GE(dataset_->classes(), 1);
  EXPECT_GE(dataset_->shape().elements(), 1);
  EXPECT_GE(dataset_->input_bytes(), 1);
  for (const Split split : {Split::train, Split::test}) {
    ASSERT_GE(dataset_->size(split), 1);
    const Batch batch = read(*dataset_, split, 1);
    for (const std::int32_t label : batch.labels) EXPECT_TRUE(label >= 0 && label < dataset_->classes()) << label;
    for (const float value : batch.images.values()) EXPECT_TRUE(std::isfinite(value));
  }
}

TEST_P(AnyDataset, WritesEveryElementOfASample) {
  const auto elements = static_cast<std::size_t>(dataset_->shape().elements());
  std::vector<float> guarded(elements + 1, NAN);
  dataset_->read({Split::train, dataset_->size(Split::train) - 1, 0}, std::span(guarded).first(elements));
  for (std::size_t i = 0; i < elements; ++i) EXPECT_FALSE(std::isnan(guarded[i])) << i;
  EXPECT_TRUE(std::isnan(guarded.back()));
}

TEST_P(AnyDataset, ReadsTheSameOnAnyNumberOfThreads) {
  const Batch one = read(*dataset_, Split::train, 1), four = read(*dataset_, Split::train, 4);
  EXPECT_EQ(values(one), values(four));
  EXPECT_EQ(one.labels, four.labels);
}

TEST_P(AnyDataset, IsTheSameWhenMadeAgain) {
  const auto again = make(GetParam(), table_);
  EXPECT_EQ(values(read(*dataset_, Split::train, 1)), values(read(*again, Split::train, 1)));
  EXPECT_EQ(values(read(*dataset_, Split::test, 1)), values(read(*again, Split::test, 1)));
}

TEST_P(AnyDataset, StoresASampleInItsFormat) {
  const StoredFormat format = dataset_->stored_format();
  std::vector<std::uint8_t> bytes;
  const std::int32_t label = dataset_->read_stored(Split::test, 1, bytes);
  std::vector<float> out(dataset_->shape().elements());
  EXPECT_EQ(label, dataset_->read({Split::test, 1, 0}, out));
  const std::size_t values = format.encoding == Encoding::jpeg ? bytes.size() : format.shape.elements();
  EXPECT_EQ(bytes.size(), values * (format.encoding == Encoding::f32 ? 4 : 1));
}

TEST_P(AnyDataset, SamplesDiffer) {
  const Batch batch = read(*dataset_, Split::train, 1);
  ASSERT_GE(batch.images.samples(), 2);
  EXPECT_FALSE(std::ranges::equal(batch.images.sample(0), batch.images.sample(1)));
}

INSTANTIATE_TEST_SUITE_P(Registry, AnyDataset, ::testing::ValuesIn(Registry<Dataset>::instance().names()),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(Dataset, SplitsHaveNames) {
  EXPECT_STREQ(name(Split::train), "train");
  EXPECT_STREQ(name(Split::test), "test");
}

class IdxDataset : public ::testing::Test {
 protected:
  void SetUp() override { write_idx_set(directory_.path()); }
  std::string failure() {
    return user_error([&] { make("mnist", table_of({{"directory", directory_.path().string()}})); });
  }
  TemporaryDirectory directory_;
};

TEST_F(IdxDataset, NormalisesTheBytesOfTheFiles) {
  const auto mnist = make("mnist", table_of({{"directory", directory_.path().string()}, {"mean", 0.5}, {"std", 0.25}}));
  EXPECT_EQ(mnist->shape(), (SampleShape{1, 4, 5}));
  std::vector<float> out(20);
  EXPECT_EQ(mnist->read({Split::test, 1, 0}, out), 3);
  for (int i = 0; i < 20; ++i) EXPECT_NEAR(out[i], (pattern(40)[20 + i] / 255.0 - 0.5) / 0.25, 1e-6);
}

TEST_F(IdxDataset, KeepsTheFirstSamplesUpToTheLimit) {
  const auto mnist = make("mnist", table_of({{"directory", directory_.path().string()},
                                             {"limit_train", std::int64_t{7}},
                                             {"limit_test", std::int64_t{5}}}));
  EXPECT_EQ(mnist->size(Split::train), 7);
  EXPECT_EQ(mnist->size(Split::test), 2);
}

TEST_F(IdxDataset, RefusesCountsThatDisagree) {
  write_plain(directory_ / "train-labels-idx1-ubyte", idx_bytes({2}, {0, 1}));
  EXPECT_THAT(failure(), AllOf(HasSubstr("train-images-idx3-ubyte.gz"), HasSubstr("30 images, 2 labels")));
}

TEST_F(IdxDataset, RefusesALabelOutOfRange) {
  write_gzip(directory_ / "t10k-labels-idx1-ubyte.gz", idx_bytes({2}, {0, 10}));
  EXPECT_THAT(failure(), AllOf(HasSubstr("t10k-labels-idx1-ubyte.gz"), HasSubstr("byte 9: label 10")));
}

TEST_F(IdxDataset, RefusesTrainingWithoutAClass) {
  write_plain(directory_ / "train-labels-idx1-ubyte", idx_bytes({30}, Bytes(30, 1)));
  EXPECT_THAT(failure(), HasSubstr("train-labels-idx1-ubyte' (no training sample is of class 0 of 0 to 9)"));
}

TEST_F(IdxDataset, RefusesTestImagesOfAnotherShape) {
  write_plain(directory_ / "t10k-images-idx3-ubyte", idx_bytes({2, 5, 5}, pattern(50)));
  EXPECT_THAT(failure(), AllOf(HasSubstr("1x5x5"), HasSubstr("1x4x5")));
}

TEST_F(IdxDataset, SaysHowToGetTheData) {
  std::filesystem::remove(directory_ / "train-labels-idx1-ubyte");
  EXPECT_THAT(failure(), AllOf(HasSubstr("train-labels-idx1-ubyte'"), HasSubstr("data/README.md")));
}

TEST(FashionMnist, IsNormalisedToZeroMeanAndUnitDeviation) {
  std::unique_ptr<Dataset> fashion;
  try {
    fashion = make("fashion-mnist", table_of({{"limit_train", std::int64_t{5000}}}));
  } catch (const UserError& error) {
    GTEST_SKIP() << error.what();
  }
  EXPECT_EQ(fashion->size(Split::test), 10000);
  EXPECT_EQ(fashion->shape(), (SampleShape{1, 28, 28}));
  std::vector<std::uint32_t> indices(5000);
  std::iota(indices.begin(), indices.end(), 0U);
  Batch batch;
  read_batch(*fashion, Split::train, 0, indices, 2, batch);
  double sum = 0, squares = 0;
  for (const double x : batch.images.values()) sum += x, squares += x * x;
  const auto n = static_cast<double>(batch.images.elements());
  EXPECT_NEAR(sum / n, 0, 0.02);
  EXPECT_NEAR(squares / n, 1, 0.02);
}

/// The share of test samples whose nearest class mean of the training samples is that of their label.
double nearest_mean_accuracy(const Dataset& dataset) {
  const std::size_t elements = dataset.shape().elements();
  std::vector<std::vector<float>> means(dataset.classes(), std::vector<float>(elements));
  std::vector<float> sample(elements);
  const auto per_class = static_cast<float>(dataset.size(Split::train) / dataset.classes());
  for (std::int64_t i = 0; i < dataset.size(Split::train); ++i) {
    auto& mean = means[dataset.read({Split::train, i, 0}, sample)];
    for (std::size_t e = 0; e < elements; ++e) mean[e] += sample[e] / per_class;
  }
  std::int64_t correct = 0;
  for (std::int64_t i = 0; i < dataset.size(Split::test); ++i) {
    const std::int32_t label = dataset.read({Split::test, i, 0}, sample);
    const auto distance = [&](const std::vector<float>& mean) {
      return std::transform_reduce(mean.begin(), mean.end(), sample.begin(), 0.0, std::plus{},
                                   [](float a, float b) { return (a - b) * (a - b); });
    };
    correct += std::ranges::min_element(means, {}, distance) - means.begin() == label;
  }
  return static_cast<double>(correct) / static_cast<double>(dataset.size(Split::test));
}

TEST(Synthetic, TestSamplesShareTheClassesOfTrainingSamples) {
  const auto synthetic =
      make("synthetic", table_of({{"train_samples", std::int64_t{200}}, {"test_samples", std::int64_t{100}}}));
  EXPECT_GT(nearest_mean_accuracy(*synthetic), 0.95);
}

TEST(Synthetic, NoiseHasItsDeviationAndTheSeedItsData) {
  const auto read = [](double noise, std::uint64_t seed, std::int64_t index) {
    const auto synthetic = make(
        "synthetic", table_of({{"height", std::int64_t{100}}, {"width", std::int64_t{99}}, {"noise", noise}}), seed);
    std::vector<float> out(9900);
    synthetic->read({Split::train, index, 0}, out);
    return out;
  };
  const auto clean = read(0, 1, 3), noisy = read(2.0, 1, 3);
  EXPECT_EQ(clean, read(0, 1, 13)) << "samples of one class differ by noise alone";
  EXPECT_NE(clean, read(0, 2, 3));
  EXPECT_NE(noisy, read(2.0, 1, 13));
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const double difference = noisy[i] - clean[i];
    sum += difference, squares += difference * difference;
  }
  EXPECT_NEAR(sum / 9900, 0, 0.08);
  EXPECT_NEAR(std::sqrt(squares / 9900), 2.0, 0.06);
}

TEST(Synthetic, MakesFlatVectorsAndRefusesBeyondMemory) {
  const auto flat = make(
      "synthetic",
      table_of(
          {{"channels", std::int64_t{617}}, {"height", std::int64_t{1}}, {"width", std::int64_t{1}}, {"noise", 0.0}}));
  std::vector<float> a(617), b(617);
  flat->read({Split::train, 0, 0}, a);
  flat->read({Split::train, 1, 0}, b);
  EXPECT_NE(a, b);
  EXPECT_NE(a[0], a[1]);
  EXPECT_THROW(make("synthetic", table_of({{"channels", std::int64_t{65536}}, {"height", std::int64_t{65536}}})),
               UserError);
}

}  // namespace
}  // namespace acrtc::dataset
