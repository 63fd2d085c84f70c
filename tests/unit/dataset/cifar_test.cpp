#include "acrtc/dataset/cifar.hpp"

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

Bytes record(const Bytes& labels, std::uint8_t first_pixel) {
  Bytes bytes = labels;
  bytes.resize(labels.size() + 3072);
  bytes[labels.size()] = first_pixel;
  return bytes;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

class Cifar : public ::testing::Test {
 protected:
  ByteSamples read(const Bytes& bytes, const CifarRecord& record = {}) {
    write_plain(file_, bytes);
    ByteSamples samples;
    read_cifar(file_, record, samples);
    return samples;
  }
  std::string failure(const Bytes& bytes) {
    return user_error([&] { read(bytes); });
  }
  TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_ / "data_batch_1.bin";
};

TEST_F(Cifar, ReadsLabelsAndPlanes) {
  const ByteSamples samples = read(record({3}, 7) + record({9}, 8));
  EXPECT_EQ(samples.labels, (Bytes{3, 9}));
  EXPECT_EQ(samples.images.size(), 2U * 3072);
  EXPECT_EQ(samples.images[0], 7);
  EXPECT_EQ(samples.images[3072], 8);
}

TEST_F(Cifar, TakesTheLabelThatIsAskedFor) {
  EXPECT_EQ(read(record({3, 77}, 7), {{20, 100}, 0}).labels, Bytes{3});
  EXPECT_EQ(read(record({3, 77}, 7), {{20, 100}, 1}).labels, Bytes{77});
  EXPECT_EQ(read(record({3, 77}, 7), {{20, 100}, 1}).images[0], 7);
}

TEST_F(Cifar, SaysWhereAFileIsBroken) {
  EXPECT_THAT(failure(record({3}, 7) + Bytes{1, 2}),
              AllOf(HasSubstr(file_.string()), HasSubstr("byte 3073: record 1 holds 2 of 3073 bytes")));
  EXPECT_THAT(failure(record({3}, 7) + record({10}, 7)), HasSubstr("byte 3073: label 10"));
  EXPECT_THAT(failure({}), HasSubstr("record 0 holds 0"));
  EXPECT_THAT(user_error([&] {
                read(record({20, 1}, 7), {{20, 100}, 1});
              }),
              HasSubstr("byte 0: label 20"))
      << "also where the other one is learnt";
}

TEST_F(Cifar, IsReadNoFurtherThanAFileGoes) {
  const CifarRecord two{.most = 2};
  EXPECT_EQ(read(record({3}, 7) + record({9}, 8), two).labels.size(), 2U);
  EXPECT_THAT(user_error([&] { read(record({3}, 7) + record({9}, 8) + record({1}, 8), two); }),
              HasSubstr("byte 6146: more records than a file has, 2"));
}

TEST_F(Cifar, IsNotTrainedOnWithoutAClass) {
  for (const char* name : {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                           "data_batch_5.bin", "test_batch.bin"})
    write_plain(directory_ / name, record({0}, 1));
  const auto failure = user_error([&] { make("cifar10", table_of({{"directory", directory_.path().string()}})); });
  EXPECT_THAT(failure, HasSubstr("no training sample is of class 1"));
}

TEST_F(Cifar, ChannelsHaveTheirOwnMean) {
  write_made_up("cifar10", {.out = directory_.path(), .train_samples = 10, .test_samples = 1});
  const auto with_means = [&](std::vector<double> mean) {
    Array values;
    for (const double m : mean) values.emplace_back(Value::Data(m));
    return make("cifar10", table_of({{"directory", directory_.path().string()},
                                     {"mean", values},
                                     {"std", Array{Value(Value::Data(1.0))}}}));
  };
  std::vector<float> zero(3072), shifted(3072);
  with_means({0})->read({Split::test, 0, 0}, zero);
  with_means({0, 0.25, 0.5})->read({Split::test, 0, 0}, shifted);
  for (const int i : {0, 1024, 2048}) EXPECT_NEAR(zero[i] - shifted[i], i / 1024 * 0.25, 1e-6);
  EXPECT_THAT(user_error([&] { with_means({0, 0}); }), HasSubstr("has 2 numbers, the images have 3 channels"));
}

}  // namespace
}  // namespace acrtc::dataset
