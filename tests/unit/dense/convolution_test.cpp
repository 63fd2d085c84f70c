#include "acrtc/dense/convolution.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <vector>

namespace acrtc::dense {
namespace {

using Spec = ConvolutionSpec;

/// Whole vectors of channels and others, padding, strides, a kernel of one pixel.
const Spec shapes[] = {
    {.samples = 2,
     .channels = 16,
     .height = 6,
     .width = 5,
     .outputs = 32,
     .kernel_h = 3,
     .kernel_w = 3,
     .pad_h = 1,
     .pad_w = 1},
    {.samples = 1,
     .channels = 5,
     .height = 9,
     .width = 8,
     .outputs = 7,
     .kernel_h = 5,
     .kernel_w = 3,
     .pad_h = 4,
     .pad_w = 2},
    {.samples = 3,
     .channels = 32,
     .height = 7,
     .width = 8,
     .outputs = 16,
     .kernel_h = 3,
     .kernel_w = 3,
     .stride_h = 2,
     .stride_w = 2,
     .pad_h = 1,
     .pad_w = 1},
    {.samples = 2, .channels = 16, .height = 4, .width = 4, .outputs = 16},
    {.samples = 2, .channels = 16, .height = 5, .width = 7, .outputs = 16, .stride_h = 2, .stride_w = 3},
};

std::int64_t output_h(const Spec& s) { return (s.height + 2 * s.pad_h - s.kernel_h) / s.stride_h + 1; }
std::int64_t output_w(const Spec& s) { return (s.width + 2 * s.pad_w - s.kernel_w) / s.stride_w + 1; }

/// Small integers, whose sums are exact in any order and which bf16 holds.
std::vector<float> integers(std::int64_t size, int seed) {
  std::vector<float> values(static_cast<std::size_t>(size));
  for (std::int64_t i = 0; i < size; ++i)
    values[static_cast<std::size_t>(i)] = static_cast<float>((i * 7 + seed) % 11 - 5);
  return values;
}

std::int64_t weight_at(const Spec& s, std::int64_t o, std::int64_t c, std::int64_t ky, std::int64_t kx) {
  if (s.weights == Spec::Weights::channels_first) return ((o * s.channels + c) * s.kernel_h + ky) * s.kernel_w + kx;
  return ((o * s.kernel_h + ky) * s.kernel_w + kx) * s.channels + c;
}

/// Calls visit(place in x, in the weight, in y) for every product that is not of padding.
template <class Visit>
void for_each_product(const Spec& s, Visit visit) {
  for (std::int64_t n = 0; n < s.samples; ++n)
    for (std::int64_t oh = 0; oh < output_h(s); ++oh)
      for (std::int64_t ow = 0; ow < output_w(s); ++ow)
        for (std::int64_t ky = 0; ky < s.kernel_h; ++ky)
          for (std::int64_t kx = 0; kx < s.kernel_w; ++kx) {
            const std::int64_t h = oh * s.stride_h + ky - s.pad_h, w = ow * s.stride_w + kx - s.pad_w;
            if (h < 0 || w < 0 || h >= s.height || w >= s.width) continue;
            for (std::int64_t c = 0; c < s.channels; ++c)
              for (std::int64_t o = 0; o < s.outputs; ++o)
                visit(((n * s.height + h) * s.width + w) * s.channels + c, weight_at(s, o, c, ky, kx),
                      ((n * output_h(s) + oh) * output_w(s) + ow) * s.outputs + o);
          }
}

std::vector<std::uint16_t> upper_halves(const std::vector<float>& values) {
  std::vector<std::uint16_t> halves;
  for (const float value : values)
    halves.push_back(static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16));
  return halves;
}

std::vector<float> run(Convolution& convolution, const void* from, const void* weight, std::int64_t size) {
  std::vector<std::byte> packed(convolution.packed_bytes());
  convolution.pack(weight, packed.data());
  std::vector<float> to(static_cast<std::size_t>(size + 1), -7.0F);
  convolution.run(0, from, packed.data(), to.data());
  return to;
}

void expect_sums_of_products(Spec s, Engine& engine) {
  SCOPED_TRACE(std::to_string(s.channels) + " channels, element " + std::to_string(static_cast<int>(s.element)));
  Convolution* convolution = Convolution::find(s, engine);
  if (!convolution) return;  // of this CPU
  EXPECT_EQ(convolution, Convolution::find(s, engine)) << "made once";
  const bool forward = s.pass == Spec::Pass::forward;
  const std::int64_t x_size = s.samples * s.height * s.width * s.channels;
  const std::int64_t y_size = s.samples * output_h(s) * output_w(s) * s.outputs;
  const auto from = integers(forward ? x_size : y_size, 3);
  const auto weight = integers(s.outputs * s.channels * s.kernel_h * s.kernel_w, 5);
  std::vector<float> expected(static_cast<std::size_t>(forward ? y_size : x_size));
  for_each_product(s, [&](std::int64_t x, std::int64_t w, std::int64_t y) {
    expected[static_cast<std::size_t>(forward ? y : x)] +=
        from[static_cast<std::size_t>(forward ? x : y)] * weight[static_cast<std::size_t>(w)];
  });
  const bool halves = s.element == Element::bf16;
  const auto from_halves = upper_halves(from), weight_halves = upper_halves(weight);
  auto to = run(*convolution, halves ? static_cast<const void*>(from_halves.data()) : from.data(),
                halves ? static_cast<const void*>(weight_halves.data()) : weight.data(), std::ssize(expected));
  EXPECT_EQ(to.back(), -7.0F) << "wrote beyond the end";
  to.pop_back();
  EXPECT_EQ(to, expected);
}

TEST(Convolution, AddsProductsInBothPassesAndBothOrdersOfWeights) {
  Engine engine(1);
  for (Spec s : shapes)
    for (s.pass = Spec::Pass::forward;; s.pass = Spec::Pass::input_gradient) {
      for (const auto weights : {Spec::Weights::channels_first, Spec::Weights::channels_last})
        for (const Element element : {Element::f32, Element::bf16}) {
          s.weights = weights, s.element = element;
          if (element == Element::f32 || Engine::has_bf16()) expect_sums_of_products(s, engine);
        }
      if (s.pass == Spec::Pass::input_gradient) break;
    }
}

TEST(Convolution, TakesTheShapesOfNetworksOnCpusWithAvx512) {
  Engine engine(1);
  if (!Engine::has_bf16() || Engine::isa().find("AMX") != std::string::npos) GTEST_SKIP() << "measured there only";
  for (Spec s : shapes) {
    EXPECT_NE(Convolution::find(s, engine), nullptr);
    s.pass = Spec::Pass::input_gradient;
    EXPECT_NE(Convolution::find(s, engine), nullptr);
  }
}

}  // namespace
}  // namespace acrtc::dense
