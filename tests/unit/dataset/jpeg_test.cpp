#include "acrtc/dataset/jpeg.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "acrtc/base/error.hpp"
#include "unit/dataset/made_up.hpp"

namespace acrtc::dataset {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

Image decoded(const Bytes& file, int shrink = 1) {
  JpegDecoder decoder;
  decoder.open(file, "a.JPEG");
  Image image;
  decoder.decode(shrink, image);
  return image;
}

/// Where the two bytes of a marker stand; height and width follow its length and precision in a frame header, 0xc0.
std::size_t marker(const Bytes& file, std::uint8_t code) {
  const Bytes wanted{0xff, code};
  return std::search(file.begin(), file.end(), wanted.begin(), wanted.end()) - file.begin();
}

TEST(Jpeg, DecodesWhatWasEncoded) {
  const Image original = picture(37, 21, 3), copy = decoded(encode_jpeg(original, 95));
  ASSERT_EQ(copy.size, original.size);
  for (std::int64_t y = 0; y < 21; ++y)
    for (std::int64_t x = 0; x < 37; ++x)
      for (int c = 0; c < 3; ++c) EXPECT_NEAR(copy.row(y)[4 * x + c], original.row(y)[4 * x + c], 12);
}

TEST(Jpeg, DecodesAtAFractionOfTheSize) {
  const Bytes file = encode_jpeg(picture(100, 60), 90);
  EXPECT_EQ(decoded(file, 2).size, (ImageSize{50, 30}));
  EXPECT_EQ(decoded(file, 8).size, (ImageSize{13, 8})) << "rounded up";
}

TEST(Jpeg, DecodesColourSubsampledInUncommonWays) {
  Bytes file = encode_jpeg(picture(64, 64), 90);
  std::uint8_t& luma = file[marker(file, 0xc0) + 11];
  ASSERT_EQ(luma, 0x22) << "2 x 2 samples for each of a colour";
  luma = 0x14;  // 1 x 4, as many
  EXPECT_EQ(decoded(file).size, (ImageSize{64, 64}));
  EXPECT_EQ(decoded(file, 4).size, (ImageSize{16, 16}));
}

TEST(Jpeg, RefusesWhatIsNoJpeg) {
  JpegDecoder decoder;
  EXPECT_THAT(user_error([&] { decoder.open(Bytes{1, 2, 3}, "a.JPEG"); }), HasSubstr("cannot read 'a.JPEG' as JPEG"));
  EXPECT_THAT(user_error([&] { decoder.open(Bytes{}, "a.JPEG"); }), HasSubstr("no bytes"));
  EXPECT_THAT(user_error([&] { decoder.open(Bytes{0xff, 0xd8, 0xff}, "a.JPEG"); }), HasSubstr("holds no image"));
}

TEST(Jpeg, RefusesDataCutShortOrDamagedAnywhere) {
  const Bytes file = encode_jpeg(picture(64, 64), 90);
  for (const std::size_t size : {file.size() - 2, file.size() / 2, std::size_t{30}})
    EXPECT_THAT(user_error([&] { decoded(Bytes(file.begin(), file.begin() + size)); }), HasSubstr("a.JPEG")) << size;
  Bytes damaged = file;
  std::fill(damaged.end() - 60, damaged.end() - 2, 0xff);
  EXPECT_THROW(decoded(damaged), UserError);
}

TEST(Jpeg, ReadsAFileWhateverCameBefore) {
  const Bytes file = encode_jpeg(picture(64, 64), 90);
  JpegDecoder decoder;
  Image image;
  const auto read = [&](const Bytes& bytes) {
    decoder.open(bytes, "a.JPEG");
    decoder.decode(1, image);
  };
  for (std::size_t size = 0; size + 2 <= file.size(); size += 7) {
    EXPECT_THROW(read(Bytes(file.begin(), file.begin() + size)), UserError) << size;
    EXPECT_NO_THROW(read(file)) << "after " << size << " bytes of it";
  }
}

TEST(Jpeg, RefusesHeadersThatPromiseMoreThanTheBytesHold) {
  Bytes file = encode_jpeg(picture(16, 16), 90);
  const std::size_t frame = marker(file, 0xc0);
  std::fill_n(file.begin() + frame + 5, 4, 0xe0);
  EXPECT_THAT(user_error([&] { decoded(file); }), AllOf(HasSubstr("57568 x 57568"), HasSubstr("it holds ")));
}

}  // namespace
}  // namespace acrtc::dataset
