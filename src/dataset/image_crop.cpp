#include "acrtc/dataset/image_crop.hpp"

#include <algorithm>
#include <cmath>

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
  std::int64_t first = 0, second = 0;
  float weight = 0;  ///< of the second
};

BoxScaler::BoxScaler(std::int64_t size, const Normalizer& normalizer) : size_(size) {
  require(normalizer.mean().size() == 3, "photographs have three channels");
  for (std::size_t c = 0; c < 3; ++c) {
    factor_[c] = static_cast<float>(1 / (255 * normalizer.deviation()[c]));
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
    const auto first = static_cast<std::int64_t>(at);
    result[i] = {first, std::min(first + 1, shrunk - 1), static_cast<float>(at - static_cast<double>(first))};
  }
  return result;
}

void BoxScaler::scale(const Image& image, const ImageSize& original, const ImageCrop::Choice& choice,
                      std::span<float> out) const {
  using Pixel [[gnu::vector_size(16)]] = float;  // the four bytes of a pixel, computed with at once
  require(std::ssize(out) == 3 * size_ * size_, "the sample fits its place");
  const auto rows = taps(choice.box.top, choice.box.height, image.size.height, original.height);
  auto columns = taps(choice.box.left, choice.box.width, image.size.width, original.width);
  if (choice.mirror == Mirror::left_right) std::ranges::reverse(columns);
  const auto [low, high] = std::ranges::minmax(columns, {}, &Tap::first);
  const std::int64_t begin = low.first, width = high.second - begin + 1;
  const Pixel factor = {factor_[0], factor_[1], factor_[2]}, offset = {offset_[0], offset_[1], offset_[2]};
  std::vector<float> line(static_cast<std::size_t>(4 * width));
  float* const planes[] = {out.data(), out.data() + size_ * size_, out.data() + 2 * size_ * size_};
  for (std::int64_t y = 0; y < size_; ++y) {
    const std::uint8_t *above = image.row(rows[y].first) + 4 * begin, *below = image.row(rows[y].second) + 4 * begin;
    const float weight = rows[y].weight;
    for (std::int64_t i = 0; i < 4 * width; ++i)
      line[i] = static_cast<float>(above[i]) + weight * static_cast<float>(below[i] - above[i]);
    for (std::int64_t x = 0; x < size_; ++x) {
      Pixel left, right;
      std::copy_n(&line[4 * (columns[x].first - begin)], 4, reinterpret_cast<float*>(&left));
      std::copy_n(&line[4 * (columns[x].second - begin)], 4, reinterpret_cast<float*>(&right));
      const Pixel value = (left + columns[x].weight * (right - left)) * factor + offset;
      for (std::size_t c = 0; c < 3; ++c) planes[c][y * size_ + x] = value[c];
    }
  }
}

}  // namespace acrtc::dataset
