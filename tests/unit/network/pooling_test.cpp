#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/network/bench.hpp"
#include "support/network/expect_rounded.hpp"
#include "support/network/onednn_layers.hpp"

namespace acrtc::network {
namespace {

using test::Bench;
using test::numbers;
using test::PoolWindow;

constexpr float infinity = std::numeric_limits<float>::infinity();

struct Drawn {
  PoolWindow window;
  std::string round;
};

/// A window, also one that juts out, over an image of up to some fifty pixels a side.
Drawn draw(std::mt19937& random) {
  const auto from = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
  };
  Drawn drawn;
  PoolWindow& w = drawn.window;
  w.is_mean = from(0, 1) == 1;
  w.kernel_h = from(1, 5), w.kernel_w = from(1, 5);
  w.stride_h = from(1, 4), w.stride_w = from(1, 4);
  w.pad_h = from(0, w.kernel_h - 1), w.pad_w = from(0, w.kernel_w - 1);
  w.input = {from(1, 40), w.kernel_h + from(0, 12), w.kernel_w + (from(0, 3) == 0 ? from(20, 50) : from(0, 14))};
  if (from(0, 9) == 0) w.kernel_h = w.input.height, w.kernel_w = w.input.width, w.pad_h = w.pad_w = 0;
  drawn.round = from(0, 1) == 1 ? "ceil" : "floor";
  return drawn;
}

struct PoolBench : Bench {
  PoolBench(const Drawn& drawn, const test::Setup& setup, std::int64_t samples)
      : Bench(drawn.window.is_mean ? "average_pool" : "max_pool",
              test::table({{"kernel_h", drawn.window.kernel_h},
                           {"kernel_w", drawn.window.kernel_w},
                           {"stride_h", drawn.window.stride_h},
                           {"stride_w", drawn.window.stride_w},
                           {"pad_h", drawn.window.pad_h},
                           {"pad_w", drawn.window.pad_w},
                           {"round", drawn.round}}),
              {drawn.window.input}, setup, samples),
        window(drawn.window) {
    window.output = layer->output_shape();
  }

  /// Inputs with many ties, zeros of both signs among them, and gradients whose sums are exact in any order.
  void set_small_integers(std::mt19937& random) {
    std::vector<float> x(static_cast<std::size_t>(in[0].elements())), dy(static_cast<std::size_t>(d_out.elements()));
    for (float& value : x) value = std::copysign(static_cast<float>(random() % 4), random() % 2 == 0 ? 1.0F : -1.0F);
    for (float& value : dy) value = static_cast<float>(random() % 9) - 4;
    reuse::round_into(x.data(), in[0].values());
    reuse::round_into(dy.data(), d_out.values());
  }

  void run() {
    forward();
    const std::vector<float> before = numbers(d_out);
    backward();
    reuse::round_into(before.data(), d_out.values());
  }

  PoolWindow window;
};

/// Sums in ascending order of inputs and of outputs.
test::LayerResult defined(const PoolWindow& w, std::int64_t samples, const std::vector<float>& x,
                          const std::vector<float>& dy) {
  test::LayerResult result{std::vector<float>(dy.size()), std::vector<float>(x.size()), {}, {}};
  std::size_t at = 0;
  for (std::int64_t plane = 0; plane < samples * w.input.channels; ++plane)
    for (std::int64_t oh = 0; oh < w.output.height; ++oh)
      for (std::int64_t ow = 0; ow < w.output.width; ++ow, ++at) {
        std::vector<std::size_t> covered;
        for (std::int64_t h = oh * w.stride_h - w.pad_h; h < oh * w.stride_h - w.pad_h + w.kernel_h; ++h)
          for (std::int64_t v = ow * w.stride_w - w.pad_w; v < ow * w.stride_w - w.pad_w + w.kernel_w; ++v)
            if (h >= 0 && h < w.input.height && v >= 0 && v < w.input.width)
              covered.push_back(static_cast<std::size_t>((plane * w.input.height + h) * w.input.width + v));
        if (w.is_mean) {
          const auto count = static_cast<float>(covered.size());
          for (const std::size_t i : covered) result.y[at] += x[i];
          result.y[at] /= count;
          for (const std::size_t i : covered) result.dx[i] += dy[at] / count;
        } else {
          std::size_t largest = covered.front();
          for (const std::size_t i : covered)
            if (x[i] > x[largest] || (std::isnan(x[i]) && !std::isnan(x[largest]))) largest = i;
          result.y[at] = x[largest];
          result.dx[largest] += dy[at];
        }
      }
  return result;
}

std::string description(const PoolWindow& w) {
  std::string text = w.is_mean ? "mean of" : "maximum of";
  for (const std::int64_t number : {w.kernel_h, w.kernel_w, w.stride_h, w.stride_w, w.pad_h, w.pad_w})
    text += " " + std::to_string(number);
  return text + " over " + to_string(w.input) + " to " + to_string(w.output);
}

void expect_defined(PoolBench& bench, reuse::Format format) {
  const auto expected = defined(bench.window, bench.in[0].samples(), numbers(bench.in[0]), numbers(bench.d_out));
  bench.run();
  test::expect_rounded(numbers(bench.out), expected.y, format);
  test::expect_rounded(numbers(bench.d_in[0]), expected.dx, format);
}

TEST(Pooling, IsItsDefinitionRoundedOnce) {
  std::mt19937 random(3);
  for (int round = 0; round < 60; ++round)
    for (const reuse::Format format : reuse::formats) {
      PoolBench bench(draw(random), {"dense", format}, 1 + round % 3);
      SCOPED_TRACE(description(bench.window) + " in " + reuse::name(format));
      ASSERT_NO_FATAL_FAILURE(expect_defined(bench, format));
    }
}

TEST(Pooling, TakesTheFirstOfEqualInputsAsOneDnnDoes) {
  std::mt19937 random(4);
  for (int round = 0; round < 60; ++round)
    for (const reuse::Format format : {reuse::Format::bf16, reuse::Format::fp32}) {
      PoolBench bench(draw(random), {"dense", format, reuse::ColumnOrder::ckhkw, WeightGradientOperand::x, 2}, 2);
      SCOPED_TRACE(description(bench.window));
      bench.set_small_integers(random);
      const std::vector<float> x = numbers(bench.in[0]), dy = numbers(bench.d_out);
      const auto expected = test::onednn_pooling(bench.window, 2, {x, {}, {}, dy});
      bench.run();
      ASSERT_NO_FATAL_FAILURE(test::expect_rounded(numbers(bench.out), expected.y, format));
      if (bench.window.is_mean) {  // its sums of quotients have another order
        for (std::size_t i = 0; i < x.size(); ++i)
          ASSERT_NEAR(numbers(bench.d_in[0])[i], expected.dx[i], 1e-2 * (1 + std::abs(expected.dx[i]))) << i;
      } else {
        ASSERT_NO_FATAL_FAILURE(test::expect_rounded(numbers(bench.d_in[0]), expected.dx, format));
      }
    }
}

TEST(Pooling, PassesOnWhatIsNotFinite) {
  std::mt19937 random(5);
  const float odd[] = {NAN, -NAN, infinity, -infinity};
  for (int round = 0; round < 40; ++round)
    for (const reuse::Format format : reuse::formats) {
      PoolBench bench(draw(random), {"dense", format}, 2);
      SCOPED_TRACE(description(bench.window) + " in " + reuse::name(format));
      std::vector<float> x = numbers(bench.in[0]);
      const bool all = round % 4 == 0;
      for (float& value : x)
        if (all || random() % 8 == 0) value = odd[all ? 3 : random() % 4];
      reuse::round_into(x.data(), bench.in[0].values());
      ASSERT_NO_FATAL_FAILURE(expect_defined(bench, format));
    }
}

TEST(Pooling, FindsMaximaOfWindowsOfAByteOfTapsAndMore) {
  for (const reuse::Format format : reuse::formats)
    for (const std::int64_t stride : {1, 2, 3})
      for (const std::int64_t width : {16, 18}) {
        const PoolWindow window{false, {3, 30, 21}, {}, 16, width, stride, stride, 3, 2};
        PoolBench bench({window, "ceil"}, {"dense", format}, 2);
        SCOPED_TRACE(description(bench.window) + " in " + reuse::name(format));
        ASSERT_NO_FATAL_FAILURE(expect_defined(bench, format));
      }
}

TEST(Pooling, FindsMaximaOfWindowsTwoApartInImagesOfAnyWidth) {
  std::mt19937 random(6);
  const float odd[] = {NAN, -NAN, infinity, -infinity};
  for (std::int64_t width = 2; width <= 70; ++width)
    for (const std::int64_t kernel : {2, 3})
      for (const std::string round : {"ceil", "floor"})
        for (const reuse::Format format : reuse::formats) {
          const std::int64_t height = kernel + static_cast<std::int64_t>(random() % 6), channels = 5 + 100 / width;
          const PoolWindow window{false, {channels, height, std::max(width, kernel)}, {}, kernel, kernel, 2, 2};
          PoolBench bench({window, round}, {"dense", format}, 2);
          SCOPED_TRACE(description(bench.window) + " in " + reuse::name(format));
          const std::vector<float> dy = numbers(bench.d_out);
          bench.set_small_integers(random);
          reuse::round_into(dy.data(), bench.d_out.values());
          std::vector<float> x = numbers(bench.in[0]);
          for (float& value : x)
            if (random() % 32 == 0) value = odd[random() % 4];
          reuse::round_into(x.data(), bench.in[0].values());
          ASSERT_NO_FATAL_FAILURE(expect_defined(bench, format));
        }
}

TEST(Pooling, SumsOfGradientsBeginAtPositiveZero) {
  for (const reuse::Format format : reuse::formats)
    for (const std::int64_t kernel : {2, 3}) {
      PoolBench bench({{false, {2, 16, 16}, {}, kernel, kernel, 2, 2}, "floor"}, {"dense", format}, 1);
      const std::vector<float> dy(static_cast<std::size_t>(bench.d_out.elements()), -0.0F);
      reuse::round_into(dy.data(), bench.d_out.values());
      bench.run();
      for (const float dx : numbers(bench.d_in[0])) ASSERT_FALSE(std::signbit(dx));
    }
}

TEST(Pooling, DoesNotDependOnThreads) {
  const PoolWindow windows[] = {{false, {70, 32, 32}, {}, 3, 3, 2, 2}, {true, {300, 8, 8}, {}, 3, 3, 2, 2},
                                {false, {512, 2, 2}, {}, 2, 2, 2, 2},  {true, {700, 7, 7}, {}, 7, 7},
                                {false, {700, 7, 7}, {}, 3, 3, 3, 3},  {false, {90, 14, 14}, {}, 3, 3, 1, 1, 1, 1},
                                {false, {99, 24, 24}, {}, 2, 2, 2, 2}, {false, {900, 6, 6}, {}, 2, 2, 2, 2},
                                {false, {900, 7, 7}, {}, 3, 3, 2, 2},  {false, {600, 13, 9}, {}, 3, 3, 2, 2}};
  for (const PoolWindow& window : windows)
    for (const reuse::Format format : {reuse::Format::fp16, reuse::Format::bf16, reuse::Format::fp32})
      for (const int threads : {1, 3}) {
        PoolBench bench({window, "ceil"},
                        {"dense", format, reuse::ColumnOrder::ckhkw, WeightGradientOperand::x, threads}, 3);
        SCOPED_TRACE(description(bench.window) + " in " + reuse::name(format));
        ASSERT_NO_FATAL_FAILURE(expect_defined(bench, format));
      }
}

TEST(Pooling, KeepsAByteForEachMaximum) {
  const Drawn maximum{{false, {32, 32, 32}, {}, 3, 3, 2, 2}, "ceil"};
  const std::int64_t outputs = 16 * 32 * 16 * 16;
  PoolBench in_grids(maximum, {"dense", reuse::Format::fp32}, 16);
  in_grids.run();
  EXPECT_GT(in_grids.layer->memory_bytes(), outputs);
  EXPECT_LT(in_grids.layer->memory_bytes(), outputs * 3 / 2);
  PoolBench in_pairs(maximum, {"dense", reuse::Format::fp16}, 16);
  in_pairs.run();
  EXPECT_EQ(in_pairs.layer->memory_bytes(), outputs);
  Drawn mean = maximum;
  mean.window.is_mean = true;
  PoolBench none(mean, {"dense", reuse::Format::bf16}, 16);
  none.run();
  EXPECT_EQ(none.layer->memory_bytes(), 0);
}

}  // namespace
}  // namespace acrtc::network
