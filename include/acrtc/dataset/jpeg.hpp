#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace acrtc::dataset {

struct ImageSize {
  std::int64_t width = 0, height = 0;
  friend bool operator==(const ImageSize&, const ImageSize&) = default;
};

/// Pixels row by row, each red, green, blue and a byte without meaning: a pixel is one load.
struct Image {
  static constexpr std::int64_t pixel_bytes = 4;

  ImageSize size;
  std::vector<std::uint8_t> pixels;  ///< [height, width, 4]

  const std::uint8_t* row(std::int64_t y) const { return pixels.data() + y * size.width * pixel_bytes; }
  std::uint8_t* row(std::int64_t y) { return pixels.data() + y * size.width * pixel_bytes; }
};

/// How colour stored at half resolution gets its full size: interpolated, or repeated, which is faster and makes no
/// difference worth it where the image is scaled down afterwards.
enum class Upsampling { smooth, fast };

/// The door to libjpeg-turbo's decoder. One thread at a time.
class JpegDecoder {
 public:
  JpegDecoder();

  /// Reads the header of `file`, which must stay until decode(). `name` stands for it in messages.
  /// Throws UserError where it is no JPEG file, or promises more pixels than its bytes can hold (1024 a byte; a block
  /// of 64 takes at least a bit) or than 2^27.
  ImageSize open(std::span<const std::uint8_t> file, const std::string& name);
  /// Decodes what open() opened at 1 / `shrink` of its size (1, 2, 4 or 8; rounded up), which costs less than decoding
  /// all of it. Grey and CMYK files become RGB. Memory of `image` is reused.
  /// Throws UserError where the data are damaged or cut short, even if the library would guess what is missing.
  void decode(int shrink, Image& image, Upsampling upsampling = Upsampling::smooth);

 private:
  struct Free {
    void operator()(void* handle) const;
  };
  [[noreturn]] void fail(const std::string& why);

  std::unique_ptr<void, Free> handle_;  ///< new after each failure
  std::span<const std::uint8_t> file_;
  std::string name_;
  ImageSize size_;
  int colours_ = 0;
};

/// A baseline JPEG file with colour at half resolution (4:2:0). `quality` is 1 to 100.
std::vector<std::uint8_t> encode_jpeg(const Image& image, int quality);

}  // namespace acrtc::dataset
