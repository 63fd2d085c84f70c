#include <cmath>
#include <cstring>

#include "acrtc/base/error.hpp"
#include "acrtc/dataset/stored_samples.hpp"

namespace acrtc::dataset {
namespace {

void require_bytes(std::span<const std::uint8_t> bytes, std::int64_t expected, const std::string& name) {
  if (std::ssize(bytes) == expected) return;
  throw UserError("cannot use '" + name + "'",
                  std::to_string(bytes.size()) + " bytes, a sample has " + std::to_string(expected));
}

class ByteTensors : public SampleDecoder {
 public:
  ByteTensors(const StoredFormat& format, const CropFlip& variation)
      : shape_(format.shape), normalizer_(format.mean, format.deviation), variation_(variation) {}

  StoredFormat format() const override { return {Encoding::u8, shape_, normalizer_.mean(), normalizer_.deviation()}; }
  SampleShape shape() const override { return shape_; }

  void decode(std::span<const std::uint8_t> bytes, const std::string& name, const SampleRequest& request,
              std::span<float> out) const override {
    require_bytes(bytes, shape_.elements(), name);
    if (request.split == Split::test) return normalizer_.planes(bytes, out);
    std::vector<float> normalised(bytes.size());
    normalizer_.planes(bytes, normalised);
    place(normalised, shape_, variation_.draw(request), out);
  }

 private:
  SampleShape shape_;
  Normalizer normalizer_;
  CropFlip variation_;
};

class FloatTensors : public SampleDecoder {
 public:
  explicit FloatTensors(const SampleShape& shape) : shape_(shape) {}

  StoredFormat format() const override { return {Encoding::f32, shape_, {}, {}}; }
  SampleShape shape() const override { return shape_; }

  void decode(std::span<const std::uint8_t> bytes, const std::string& name, const SampleRequest&,
              std::span<float> out) const override {
    require_bytes(bytes, 4 * shape_.elements(), name);
    std::memcpy(out.data(), bytes.data(), bytes.size());
    for (std::size_t i = 0; i < out.size(); ++i)
      if (!std::isfinite(out[i]))
        throw UserError("cannot use '" + name + "'", "value " + std::to_string(i) + " is not finite");
  }

 private:
  SampleShape shape_;
};

class Photographs : public SampleDecoder {
 public:
  Photographs(const Normalizer& normalizer, const ImageCrop& crop)
      : mean_(normalizer.mean()),
        deviation_(normalizer.deviation()),
        crop_(crop),
        scaler_(crop.options().size, normalizer) {}

  StoredFormat format() const override { return {Encoding::jpeg, shape(), mean_, deviation_}; }
  SampleShape shape() const override { return {3, crop_.options().size, crop_.options().size}; }

  void decode(std::span<const std::uint8_t> bytes, const std::string& name, const SampleRequest& request,
              std::span<float> out) const override {
    thread_local JpegDecoder decoder;  // starting one and finding memory for the image costs a fifth of decoding it
    thread_local Image image;
    const ImageSize size = decoder.open(bytes, name);
    const auto choice = crop_.choose(size, request);
    decoder.decode(shrink_for(choice.box, crop_.options().size), image, Upsampling::fast);
    scaler_.scale(image, size, choice, out);
  }

 private:
  std::vector<double> mean_, deviation_;
  ImageCrop crop_;
  BoxScaler scaler_;
};

}  // namespace

std::unique_ptr<SampleDecoder> tensor_decoder(const StoredFormat& format, const CropFlip& variation) {
  if (format.encoding == Encoding::f32) return std::make_unique<FloatTensors>(format.shape);
  return std::make_unique<ByteTensors>(format, variation);
}

std::unique_ptr<SampleDecoder> jpeg_decoder(const Normalizer& normalizer, const ImageCrop& crop) {
  return std::make_unique<Photographs>(normalizer, crop);
}

}  // namespace acrtc::dataset
