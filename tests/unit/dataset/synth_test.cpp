#include "acrtc/dataset/synth.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "acrtc/base/error.hpp"
#include "unit/dataset/made_up.hpp"
#include "unit/dataset/temporary_files.hpp"

namespace acrtc::dataset {
namespace {

using namespace testing;
using ::testing::HasSubstr;

TEST(SynthWriter, HasAReaderOfItsName) {
  for (const std::string& name : Registry<SynthWriter>::instance().names())
    EXPECT_NO_THROW(Registry<Dataset>::instance().find(name)) << name;
}

TEST(SynthWriter, WritesTheSizesOfTheOriginalFormats) {
  const TemporaryDirectory directory;
  const SynthRequest request{.out = directory.path(), .train_samples = 100, .test_samples = 20};
  write_made_up("cifar10", request);
  EXPECT_EQ(std::filesystem::file_size(directory / "data_batch_5.bin"), 20U * 3073);
  write_made_up("cifar100", request);
  EXPECT_EQ(std::filesystem::file_size(directory / "test.bin"), 20U * 3074);
  write_made_up("mnist", request);
  EXPECT_EQ(std::filesystem::file_size(directory / "train-images-idx3-ubyte"), 16U + 100 * 784);
}

TEST(SynthWriter, WritesNoMoreThanAFileHas) {
  const TemporaryDirectory directory;
  const SynthRequest request{.out = directory.path(), .train_samples = 50'001, .test_samples = 1};
  EXPECT_THAT(user_error([&] { write_made_up("cifar100", request); }), HasSubstr("at most 50000"));
}

class Photographs : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(photos_ / "cats");
    add("cats/a.jpg", 1);
    add("cats/b.jpeg", 1);
    add("cats/c.JPEG", 1);
    add("dog.jpg", 5);
  }
  void add(const std::string& name, int phase) {
    write_plain(photos_ / name, encode_jpeg(picture(300, 200, phase), 95));
  }
  std::vector<std::uint8_t> draw(std::int64_t n, std::int64_t classes, Split split = Split::train) {
    std::vector<std::uint8_t> planes(3 * 64);
    const SynthRequest request{.out = {}, .train_samples = 1, .test_samples = 1, .seed = 1, .photos = photos_};
    class_images(request, {3, 8, 8}, classes)->draw(split, n, planes);
    return planes;
  }
  static double mean(std::span<const std::uint8_t> plane) {
    return std::accumulate(plane.begin(), plane.end(), 0.0) / static_cast<double>(plane.size());
  }
  TemporaryDirectory directory_;
  std::filesystem::path photos_ = directory_.path();
};

TEST_F(Photographs, AreCutByClass) {
  for (std::int64_t n = 0; n < 20; ++n) {
    const auto planes = draw(n, 2);
    EXPECT_NEAR(mean(std::span(planes).subspan(128)), n % 2 == 0 ? 40 : 200, 12) << "blue tells the class";
  }
  EXPECT_NE(draw(0, 2), draw(2, 2));
  EXPECT_NE(draw(0, 2), draw(0, 2, Split::test));
  EXPECT_EQ(draw(7, 2), draw(7, 2));
}

TEST_F(Photographs, AreDividedWhereThereAreTooFew) {
  for (std::int64_t n = 0; n < 40; ++n) {
    const auto planes = draw(n, 4);  // classes 0 and 2 are the halves of the cats, 1 and 3 those of the dog
    const double red = mean(std::span(planes).first(64));
    EXPECT_TRUE(n % 4 < 2 ? red < 140 : red > 115) << n << ": " << red;
  }
}

TEST_F(Photographs, MayHaveTheEndingOfImageNet) {
  for (const char* name : {"cats/a.jpg", "cats/b.jpeg", "dog.jpg"}) std::filesystem::remove(photos_ / name);
  EXPECT_NO_THROW(draw(0, 2));
}

TEST_F(Photographs, MustBeThere) {
  std::filesystem::remove_all(photos_ / "cats");
  std::filesystem::remove(photos_ / "dog.jpg");
  EXPECT_THAT(user_error([&] { draw(0, 2); }), HasSubstr("holds no photographs"));
  photos_ /= "none";
  EXPECT_THAT(user_error([&] { draw(0, 2); }), HasSubstr("cannot list"));
}

}  // namespace
}  // namespace acrtc::dataset
