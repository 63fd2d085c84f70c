#include "acrtc/dataset/image_crop.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "acrtc/base/error.hpp"

namespace acrtc::dataset {
namespace {

// The recipe that published accuracies use: aspect 3/4 to 4/3, ten attempts, then the middle.
constexpr double least_aspect = 3.0 / 4, most_aspect = 4.0 / 3;
constexpr std::uint32_t attempts = 10, draws_per_attempt = 4;
enum Draw : std::uint32_t { draw_area, draw_aspect, draw_left, draw_top };
constexpr std::uint32_t draw_mirror = attempts * draws_per_attempt;

Box middle(const ImageSize& image, std::int64_t width, std::int64_t height) {
  return {(image.width - width) / 2, (image.height - height) / 2, width, height};
}

}  // namespace

ImageCrop::Choice ImageCrop::choose(const ImageSize& image, const SampleRequest& request) const {
  require(image.width >= 1 && image.height >= 1, "an image has pixels");
  const std::int64_t shorter = std::min(image.width, image.height);
  const std::int64_t side = std::max<std::int64_t>(1, shorter * options_.size / options_.resize);
  Choice choice{middle(image, side, side), Mirror::no};
  if (request.split != Split::train) return choice;
  const auto index = static_cast<std::uint32_t>(request.index);
  const auto draw = [&](std::int64_t places, Draw what) {
    return static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(places), request.epoch, index, what));
  };
  if (options_.train == TrainCrop::random_resized) choice.box = random_resized(image, request);
  if (options_.train == TrainCrop::random)
    choice.box = {draw(image.width - side + 1, draw_left), draw(image.height - side + 1, draw_top), side, side};
  if (options_.flip == Mirror::left_right && random_.below(2, request.epoch, index, draw_mirror) == 1)
    choice.mirror = Mirror::left_right;
  return choice;
}

Box ImageCrop::random_resized(const ImageSize& image, const SampleRequest& request) const {
  const auto index = static_cast<std::uint32_t>(request.index);
  const auto area = static_cast<double>(image.width * image.height);
  for (std::uint32_t attempt = 0; attempt < attempts; ++attempt) {
    const auto draw = [&](Draw what) {
      return static_cast<double>(random_.uniform(request.epoch, index, attempt * draws_per_attempt + what));
    };
    const double target = area * (options_.min_area + draw(draw_area) * (1 - options_.min_area));
    const double aspect = least_aspect * std::pow(most_aspect / least_aspect, draw(draw_aspect));
    const auto width = std::llround(std::sqrt(target * aspect)), height = std::llround(std::sqrt(target / aspect));
    if (width < 1 || height < 1 || width > image.width || height > image.height) continue;
    const auto place = [&](std::int64_t places, Draw what) {
      return static_cast<std::int64_t>(draw(what) * static_cast<double>(places));
    };
    return {place(image.width - width + 1, draw_left), place(image.height - height + 1, draw_top), width, height};
  }
  const auto bound = [](std::int64_t length, std::int64_t other) {
    return std::clamp<std::int64_t>(std::llround(static_cast<double>(other) * most_aspect), 1, length);
  };
  return middle(image, bound(image.width, image.height), bound(image.height, image.width));
}

int shrink_for(const Box& box, std::int64_t size) {
  for (const int shrink : {8, 4, 2})
    if (std::min(box.width, box.height) >= size * shrink) return shrink;
  return 1;
}

/// Where an output pixel lies between two input pixels.
struct BoxScaler::Tap {
  std::int32_t first = 0, second = 0;
  float weight = 0;  ///< of the second
};

namespace {

// Rows are blended in 16 bits, eight values an instruction: a byte times weights that add up to 256 just fits.
constexpr int weight_sum = 256;

void blend_rows(const std::uint8_t* above, const std::uint8_t* below, float weight, std::span<std::uint16_t> line) {
  const auto of_below = static_cast<std::uint16_t>(std::lround(weight * weight_sum));
  const auto of_above = static_cast<std::uint16_t>(weight_sum - of_below);
  for (std::size_t i = 0; i < line.size(); ++i)
    line[i] = static_cast<std::uint16_t>(above[i] * of_above + below[i] * of_below);
}

/// The four values of a pixel, computed with at once.
using Pixel [[gnu::vector_size(16)]] = float;

Pixel pixel_at(const std::uint16_t* values) {
  using Values [[gnu::vector_size(8)]] = std::uint16_t;
  Values loaded;
  std::memcpy(&loaded, values, sizeof loaded);
  return __builtin_convertvector(loaded, Pixel);
}

/// Spreads four pixels over their three planes.
void store_planes(const Pixel* p, std::span<float> out, std::size_t plane, std::size_t place) {
  const Pixel low01 = __builtin_shufflevector(p[0], p[1], 0, 4, 1, 5);
  const Pixel low23 = __builtin_shufflevector(p[2], p[3], 0, 4, 1, 5);
  const Pixel planes[] = {__builtin_shufflevector(low01, low23, 0, 1, 4, 5),
                          __builtin_shufflevector(low01, low23, 2, 3, 6, 7), Pixel{p[0][2], p[1][2], p[2][2], p[3][2]}};
  for (std::size_t c = 0; c < 3; ++c) std::memcpy(&out[c * plane + place], &planes[c], sizeof(Pixel));
}

}  // namespace

BoxScaler::BoxScaler(std::int64_t size, const Normalizer& normalizer) : size_(size) {
  require(normalizer.mean().size() == 3, "photographs have three channels");
  for (std::size_t c = 0; c < 3; ++c) {
    factor_[c] = static_cast<float>(1 / (255 * weight_sum * normalizer.deviation()[c]));
    offset_[c] = static_cast<float>(-normalizer.mean()[c] / normalizer.deviation()[c]);
  }
}

std::vector<BoxScaler::Tap> BoxScaler::taps(std::int64_t begin, std::int64_t length, std::int64_t shrunk,
                                            std::int64_t original) const {
  const double ratio = static_cast<double>(shrunk) / static_cast<double>(original);
  const double step = static_cast<double>(length) / static_cast<double>(size_);
  std::vector<Tap> result(static_cast<std::size_t>(size_));
  for (std::int64_t i = 0; i < size_; ++i) {
    const double centre = (static_cast<double>(begin) + (static_cast<double>(i) + 0.5) * step) * ratio - 0.5;
    const double at = std::clamp(centre, 0.0, static_cast<double>(shrunk - 1));
    const auto first = static_cast<std::int32_t>(at);
    result[i] = {first, std::min(first + 1, static_cast<std::int32_t>(shrunk - 1)), static_cast<float>(at - first)};
  }
  return result;
}

void BoxScaler::scale(const Image& image, const ImageSize& original, const ImageCrop::Choice& choice,
                      std::span<float> out) const {
  constexpr std::int32_t bytes = Image::pixel_bytes;
  require(std::ssize(out) == 3 * size_ * size_, "the sample fits its place");
  const auto rows = taps(choice.box.top, choice.box.height, image.size.height, original.height);
  auto columns = taps(choice.box.left, choice.box.width, image.size.width, original.width);
  if (choice.mirror == Mirror::left_right) std::ranges::reverse(columns);
  const auto [low, high] = std::ranges::minmax(columns, {}, &Tap::first);
  const std::int32_t begin = low.first, width = high.second - begin + 1;
  for (Tap& tap : columns) tap.first = bytes * (tap.first - begin), tap.second = bytes * (tap.second - begin);
  const Pixel factor = {factor_[0], factor_[1], factor_[2]}, offset = {offset_[0], offset_[1], offset_[2]};
  std::vector<std::uint16_t> line(static_cast<std::size_t>(bytes * width));
  std::vector<Pixel> scaled(columns.size());
  for (std::int64_t y = 0; y < size_; ++y) {
    const auto [first, second, weight] = rows[y];
    blend_rows(image.row(first) + bytes * begin, image.row(second) + bytes * begin, weight, line);
    for (std::size_t x = 0; x < columns.size(); ++x) {
      const Pixel left = pixel_at(&line[columns[x].first]), right = pixel_at(&line[columns[x].second]);
      scaled[x] = (left + columns[x].weight * (right - left)) * factor + offset;
    }
    const std::size_t row = y * size_, whole = scaled.size() / 4 * 4;
    for (std::size_t x = 0; x < whole; x += 4) store_planes(&scaled[x], out, size_ * size_, row + x);
    for (std::size_t x = whole; x < scaled.size(); ++x)
      for (std::size_t c = 0; c < 3; ++c) out[c * size_ * size_ + row + x] = scaled[x][c];
  }
}

}  // namespace acrtc::dataset
