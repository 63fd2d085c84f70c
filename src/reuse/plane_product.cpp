#include "reuse/plane_product.hpp"

#include <algorithm>

#include "acrtc/base/error.hpp"
#include "acrtc/dense/engine.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reuse/plane_product.cpp"
#include <hwy/foreach_target.h>
// A header for each target follows the one that goes through them.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Taps = std::span<const std::int64_t>;

#if HWY_TARGET <= HWY_AVX3

/// c = sum, and what `earlier` holds where it holds something; it may be c.
template <int kChannels, int kVectors>
void MultiplyTile(const float* const* at, Taps taps, const float* weights, const MatrixView<const float>* earlier,
                  MatrixView<float> c) {
  const hn::FixedTag<float, pixel_lanes> d;
  hn::Vec<decltype(d)> sum[kChannels][kVectors];
#pragma GCC unroll 8
  for (int j = 0; j < kChannels; ++j)
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) sum[j][v] = hn::Zero(d);

  for (const std::int64_t tap : taps) {
    hn::Vec<decltype(d)> x[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) x[v] = hn::LoadU(d, at[v] + tap);
#pragma GCC unroll 8
    for (int j = 0; j < kChannels; ++j) {
      const auto weight = hn::Set(d, weights[j]);
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) sum[j][v] = hn::MulAdd(weight, x[v], sum[j][v]);
    }
    weights += kChannels;
  }

#pragma GCC unroll 8
  for (int j = 0; j < kChannels; ++j)
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      const std::int64_t i = v * pixel_lanes;
      const auto all = earlier ? hn::Add(hn::LoadU(d, earlier->row(j) + i), sum[j][v]) : sum[j][v];
      hn::StoreU(all, d, c.row(j) + i);
    }
}

/// As oneDNN adds: a chain of products, another of those beyond the longest, both added, and then to what C held.
template <int kChannels, int kVectors>
void MultiplyVectors(const float* const* at, Taps taps, const float* weights, bool accumulate, MatrixView<float> c) {
  const auto tile = [&](Taps some, const MatrixView<const float>* earlier, MatrixView<float> to) {
    MultiplyTile<kChannels, kVectors>(at, some, weights + (some.data() - taps.data()) * kChannels, earlier, to);
  };
  const auto view = [](MatrixView<float> m) { return MatrixView<const float>{m.data, m.rows, m.cols, m.stride}; };
  const MatrixView<const float> before = view(c);
  const auto longest = static_cast<std::size_t>(dense::longest_chain);
  if (taps.size() <= longest) return tile(taps, accumulate ? &before : nullptr, c);
  HWY_ALIGN float chains[kChannels * kVectors * pixel_lanes];
  const MatrixView<float> own{chains, kChannels, kVectors * pixel_lanes, kVectors * pixel_lanes};
  const MatrixView<float> to = accumulate ? own : c;
  const MatrixView<const float> first = view(to);
  tile(taps.first(longest), nullptr, to);
  tile(taps.subspan(longest), &first, to);
  if (!accumulate) return;
  for (int j = 0; j < kChannels; ++j)
    for (int i = 0; i < kVectors * pixel_lanes; ++i) c(j, i) += own(j, i);
}

/// Three vectors at a time fill the registers; two are nearly as fast, one is not.
template <int kChannels>
void MultiplyStrip(std::span<const float* const> vectors, Taps taps, const float* weights, bool accumulate,
                   MatrixView<float> c) {
  const std::int64_t all = std::ssize(vectors);
  for (std::int64_t v = 0; v < all;) {
    const std::int64_t left = all - v;
    const MatrixView<float> to{c.data + v * pixel_lanes, c.rows, c.cols, c.stride};
    if (left == 3 || left > 4) {
      MultiplyVectors<kChannels, 3>(&vectors[v], taps, weights, accumulate, to);
      v += 3;
    } else if (left > 1) {
      MultiplyVectors<kChannels, 2>(&vectors[v], taps, weights, accumulate, to);
      v += 2;
    } else {
      MultiplyVectors<kChannels, 1>(&vectors[v], taps, weights, accumulate, to);
      v += 1;
    }
  }
}

bool CanMultiply() { return true; }

void Multiply(std::span<const float* const> vectors, Taps taps, const float* weights, bool accumulate,
              MatrixView<float> c) {
  if (c.rows == strip_channels)
    MultiplyStrip<8>(vectors, taps, weights, accumulate, c);
  else
    MultiplyStrip<4>(vectors, taps, weights, accumulate, c);
}

#else

bool CanMultiply() { return false; }

void Multiply(std::span<const float* const>, Taps, const float*, bool, MatrixView<float>) {
  HWY_ABORT("no product of planes without vectors of %d numbers", static_cast<int>(pixel_lanes));
}

#endif

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acrtc::reuse {
namespace {

HWY_EXPORT(CanMultiply);
HWY_EXPORT(Multiply);

}  // namespace

bool can_multiply_planes() { return dense::adds_in_chains() && HWY_DYNAMIC_DISPATCH(CanMultiply)(); }

void multiply_planes(std::span<const float* const> vectors, std::span<const std::int64_t> taps, const float* weights,
                     dense::MatmulSpec::Write write, MatrixView<float> c) {
  require(std::ssize(taps) <= dense::longest_k && c.rows == padded_strip(c.rows), "a strip of planes is multiplied");
  HWY_DYNAMIC_DISPATCH(Multiply)
  (vectors, taps, weights, write == dense::MatmulSpec::Write::accumulate, c);
}

}  // namespace acrtc::reuse
#endif  // HWY_ONCE
