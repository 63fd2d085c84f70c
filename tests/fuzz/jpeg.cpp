#include "acrtc/dataset/jpeg.hpp"

#include "fuzz/input.hpp"

using namespace acrtc;
using namespace acrtc::dataset;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::uint8_t> valid = [] {
    Image image{{40, 24}, std::vector<std::uint8_t>(40 * 24 * 4)};
    for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<std::uint8_t>(i * i / 64);
    return encode_jpeg(image, 60);
  }();
  static JpegDecoder decoder;
  static Image image;
  const auto bytes = fuzz::edited({data, size}, valid);
  return fuzz::try_reading([&] {
    decoder.open(bytes, "fuzz");
    for (const int shrink : {1, 8}) decoder.decode(shrink, image);
  });
}
