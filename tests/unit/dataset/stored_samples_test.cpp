#include "acrtc/dataset/stored_samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "acrtc/base/error.hpp"
#include "unit/dataset/made_up.hpp"
#include "unit/dataset/temporary_files.hpp"

namespace acrtc::dataset {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// Samples of one byte, their index; those of `broken` cannot be read.
class Stored : public SampleStorage {
 public:
  explicit Stored(std::set<std::int64_t> broken) : broken_(std::move(broken)) {}
  std::int64_t size(Split) const override { return 100; }
  std::int64_t classes() const override { return 100; }
  std::int32_t read(Split split, std::int64_t index, std::vector<std::uint8_t>& bytes) const override {
    if (broken_.contains(index)) throw UserError("cannot read '" + name(split, index) + "'", "broken");
    bytes = {static_cast<std::uint8_t>(index)};
    return static_cast<std::int32_t>(index);
  }
  std::string name(Split, std::int64_t index) const override { return "sample " + std::to_string(index); }

 private:
  std::set<std::int64_t> broken_;
};

StoredSamples samples(std::set<std::int64_t> broken, OnCorrupt on_corrupt) {
  const StoredFormat bytes{Encoding::u8, {1, 1, 1}, {0}, {1}};
  return {std::make_unique<Stored>(std::move(broken)), tensor_decoder(bytes, CropFlip({}, 1)), on_corrupt};
}

TEST(StoredSamples, ReplaceABrokenOneByTheNext) {
  const StoredSamples skipping = samples({4, 5, 99}, OnCorrupt::skip);
  std::vector<float> out(1);
  EXPECT_EQ(skipping.read({Split::train, 4, 0}, out), 6);
  EXPECT_FLOAT_EQ(out[0], 6 / 255.0F);
  EXPECT_EQ(skipping.read({Split::train, 99, 0}, out), 0) << "the first follows the last";
  skipping.read({Split::train, 4, 1}, out);
  EXPECT_EQ(skipping.damage().samples, 3) << "each is counted once";
  EXPECT_TRUE(skipping.found_broken(Split::train, 5));
  EXPECT_FALSE(skipping.found_broken(Split::test, 5)) << "nobody has read it";
  EXPECT_FALSE(skipping.found_broken(Split::train, 6));
  EXPECT_THAT(skipping.damage().messages, SizeIs(3));
  EXPECT_THAT(skipping.damage().messages[0], HasSubstr("sample 4"));
}

TEST(StoredSamples, ReplaceABrokenOneInTheirStoredFormToo) {
  const StoredSamples skipping = samples({4, 5}, OnCorrupt::skip);
  std::vector<std::uint8_t> bytes;
  EXPECT_EQ(skipping.read_stored(Split::train, 4, bytes), 6);
  EXPECT_THAT(bytes, ElementsAre(6));
  EXPECT_EQ(skipping.damage().samples, 2);
  EXPECT_THROW(samples({4}, OnCorrupt::fail).read_stored(Split::train, 4, bytes), UserError);
}

TEST(StoredSamples, FailWhereTheyAreToldOrAllAreBroken) {
  std::vector<float> out(1);
  EXPECT_THROW(samples({4}, OnCorrupt::fail).read({Split::train, 4, 0}, out), UserError);
  std::set<std::int64_t> many;
  for (std::int64_t i = 0; i < 90; ++i) many.insert(i);
  EXPECT_THROW(samples(many, OnCorrupt::skip).read({Split::train, 4, 0}, out), UserError);
}

TEST(TensorDecoder, RefusesAnotherSizeAndNumbersThatAreNone) {
  const auto bytes = tensor_decoder({Encoding::u8, {1, 1, 2}, {0}, {1}}, CropFlip({}, 1));
  const auto floats = tensor_decoder({Encoding::f32, {1, 1, 2}, {}, {}}, CropFlip({}, 1));
  std::vector<float> out(2);
  EXPECT_THAT(user_error([&] { bytes->decode(Bytes(3), "a", {}, out); }), HasSubstr("'a' (3 bytes, a sample has 2"));
  EXPECT_THAT(user_error([&] { floats->decode(Bytes(2), "a", {}, out); }), HasSubstr("2 bytes, a sample has 8"));
  EXPECT_THAT(user_error([&] { floats->decode(Bytes(8, 0xff), "a", {}, out); }), HasSubstr("value 0 is not finite"));
}

TEST(JpegDecoder, NormalisesTheCrop) {
  const auto decoder = jpeg_decoder(Normalizer(std::vector<double>(3, 0.5), std::vector<double>(3, 0.25)),
                                    ImageCrop({.size = 8, .resize = 8}, 1));
  EXPECT_EQ(decoder->shape(), (SampleShape{3, 8, 8}));
  const Image image = picture(40, 40, 2);
  std::vector<float> out(3 * 64);
  decoder->decode(encode_jpeg(image, 100), "a", {Split::test, 0, 0}, out);
  for (int i = 128; i < 192; ++i) EXPECT_NEAR(out[i], (80 / 255.0 - 0.5) / 0.25, 0.08) << "blue is even";
  EXPECT_LT(out[0], out[7]);
}

TEST(ImageNet, SkipsOrFailsOnABrokenImage) {
  const TemporaryDirectory directory;
  write_tiny_imagenet(directory.path());
  Table table = tiny_imagenet_settings(directory.path());
  write_plain(directory / "train/n00000002/n00000002_1.JPEG", {0xff, 0xd8, 0xff});
  const auto skipping = make("imagenet", table);
  std::vector<float> out(skipping->shape().elements());
  EXPECT_EQ(skipping->read({Split::train, 4, 0}, out), 1);
  EXPECT_EQ(skipping->damage().samples, 1);
  table.set("on_corrupt", Value(Value::Data(std::string("fail"))));
  EXPECT_THAT(user_error([&] {
                make("imagenet", table)->read({Split::train, 4, 0}, out);
              }),
              HasSubstr("n00000002_1.JPEG"));
}

TEST(ImageNet, RefusesATestLabelWithoutAClass) {
  const TemporaryDirectory directory;
  write_tiny_imagenet(directory.path());
  write_plain(directory / "val.txt", {'a', ' ', '3', '\n'});
  EXPECT_THAT(user_error([&] { make("imagenet", tiny_imagenet_settings(directory.path())); }),
              HasSubstr("its label 3 is not below the number of classes in training, 3"));
}

}  // namespace
}  // namespace acrtc::dataset
