#include "acrtc/dataset/jpeg.hpp"

#include <turbojpeg.h>

#include "acrtc/base/error.hpp"

namespace acrtc::dataset {
namespace {

constexpr std::int64_t most_pixels = std::int64_t{1} << 27;
constexpr std::int64_t most_pixels_per_byte = 1024;

/// Inverted CMYK, which is what Adobe's programs write, to RGB in place.
void cmyk_to_rgb(Image& image) {
  for (std::size_t i = 0; i < image.pixels.size(); i += Image::pixel_bytes)
    for (std::size_t c = 0; c < 3; ++c)
      image.pixels[i + c] = static_cast<std::uint8_t>(image.pixels[i + c] * image.pixels[i + 3] / 255);
}

void* start() {
  void* const handle = tjInitDecompress();
  require(handle != nullptr, "libjpeg-turbo starts");
  return handle;
}

}  // namespace

void JpegDecoder::Free::operator()(void* handle) const { tjDestroy(handle); }

JpegDecoder::JpegDecoder() : handle_(start()) {}

/// After an error in a header libjpeg-turbo 2.1 takes the next file for the same one's rest.
void JpegDecoder::fail(const std::string& why) {
  handle_.reset(start());
  throw UserError("cannot read '" + name_ + "' as JPEG", why);
}

ImageSize JpegDecoder::open(std::span<const std::uint8_t> file, const std::string& name) {
  file_ = file;
  name_ = name;
  if (file.empty()) fail("it holds no bytes");
  int width = 0, height = 0, subsampling = 0;
  colours_ = -1;
  const int status =
      tjDecompressHeader3(handle_.get(), file.data(), file.size(), &width, &height, &subsampling, &colours_);
  // It also fails where it has read all but knows no name for how colour is subsampled, which decoding does not need.
  const bool unnamed = width > 0 && height > 0 && colours_ >= 0 && subsampling < 0;
  if (status != 0 && !unnamed) fail(tjGetErrorStr2(handle_.get()));
  size_ = {width, height};
  if (width < 1 || height < 1) fail("it holds no image");
  const std::int64_t pixels = size_.width * size_.height;
  if (pixels > most_pixels || pixels > most_pixels_per_byte * std::ssize(file))
    fail("its header promises " + std::to_string(width) + " x " + std::to_string(height) + " pixels, it holds " +
         std::to_string(file.size()) + " bytes");
  return size_;
}

void JpegDecoder::decode(int shrink, Image& image, Upsampling upsampling) {
  const tjscalingfactor factor{1, shrink};
  const auto scaled = [&](std::int64_t length) { return TJSCALED(static_cast<int>(length), factor); };
  image.size = {scaled(size_.width), scaled(size_.height)};
  image.pixels.resize(static_cast<std::size_t>(image.size.width * image.size.height * Image::pixel_bytes));
  const int flags = TJFLAG_LIMITSCANS | (upsampling == Upsampling::fast ? TJFLAG_FASTUPSAMPLE : 0);
  const bool cmyk = colours_ == TJCS_CMYK || colours_ == TJCS_YCCK;
  if (tjDecompress2(handle_.get(), file_.data(), file_.size(), image.pixels.data(), static_cast<int>(image.size.width),
                    0, static_cast<int>(image.size.height), cmyk ? TJPF_CMYK : TJPF_RGBX, flags) != 0)
    fail(tjGetErrorStr2(handle_.get()));
  if (cmyk) cmyk_to_rgb(image);
}

std::vector<std::uint8_t> encode_jpeg(const Image& image, int quality) {
  const std::unique_ptr<void, decltype([](void* handle) { tjDestroy(handle); })> handle(tjInitCompress());
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  const int status = tjCompress2(handle.get(), image.pixels.data(), static_cast<int>(image.size.width), 0,
                                 static_cast<int>(image.size.height), TJPF_RGBX, &bytes, &size, TJSAMP_420, quality, 0);
  const std::unique_ptr<unsigned char, decltype([](unsigned char* p) { tjFree(p); })> owner(bytes);
  require(status == 0, "libjpeg-turbo writes an image");
  return {bytes, bytes + size};
}

}  // namespace acrtc::dataset
