#include "reuse/plane_product.hpp"

#include <algorithm>

#include "acrtc/base/error.hpp"
#include "reuse/panels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reuse/plane_product.cpp"
#include <hwy/foreach_target.h>
// A header for each target follows the one that goes through them.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Taps = std::span<const std::int64_t>;
using Write = dense::MatmulSpec::Write;
template <class M>
using Vectors = std::span<const M* const>;

#if HWY_TARGET <= HWY_AVX3

using F32 = hn::FixedTag<float, 16>;
using U32 = hn::FixedTag<std::uint32_t, 16>;
using U16 = hn::FixedTag<std::uint16_t, 32>;

/// Stores sums, and adds what `earlier` holds where it holds something; it may be c.
template <int kChannels, int kVectors>
HWY_INLINE void StoreTile(const hn::Vec<F32> (&sum)[kChannels][kVectors], const MatrixView<const float>* earlier,
                          MatrixView<float> c) {
  const F32 d;
#pragma GCC unroll 8
  for (int j = 0; j < kChannels; ++j)
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      const std::int64_t i = v * std::int64_t{hn::MaxLanes(d)};
      const auto all = earlier ? hn::Add(hn::LoadU(d, earlier->row(j) + i), sum[j][v]) : sum[j][v];
      hn::StoreU(all, d, c.row(j) + i);
    }
}

template <int kChannels, int kVectors>
HWY_INLINE void Clear(hn::Vec<F32> (&sum)[kChannels][kVectors]) {
#pragma GCC unroll 8
  for (int j = 0; j < kChannels; ++j)
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) sum[j][v] = hn::Zero(F32());
}

template <int kChannels, int kVectors>
void MultiplyTile(const float* const* at, Taps taps, const std::uint32_t* weights,
                  const MatrixView<const float>* earlier, MatrixView<float> c) {
  const F32 d;
  hn::Vec<F32> sum[kChannels][kVectors];
  Clear(sum);
  for (const std::int64_t tap : taps) {
    hn::Vec<F32> x[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) x[v] = hn::LoadU(d, at[v] + tap);
#pragma GCC unroll 8
    for (int j = 0; j < kChannels; ++j) {
      const auto weight = hn::BitCast(d, hn::Set(U32(), weights[j]));
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) sum[j][v] = hn::MulAdd(weight, x[v], sum[j][v]);
    }
    weights += kChannels;
  }
  StoreTile(sum, earlier, c);
}

/// This Highway does not know the instruction.
#define ACRTC_REUSE_BF16_ATTR __attribute__((target("avx512bf16")))

/// Two successive k at a time: their pixels alternate within 16 bytes, which leaves a vector of sums every other four.
template <int kChannels, int kVectors>
ACRTC_REUSE_BF16_ATTR void MultiplyTile(const std::uint16_t* const* at, Taps taps, const std::uint32_t* weights,
                                        const MatrixView<const float>* earlier, MatrixView<float> c) {
  static_assert(kVectors == 1);
  const U16 d;
  hn::Vec<F32> sum[kChannels][2];
  Clear(sum);
  for (std::size_t k = 0; k < taps.size(); k += 2) {
    const auto even = hn::LoadU(d, at[0] + taps[k]);
    const auto odd = k + 1 < taps.size() ? hn::LoadU(d, at[0] + taps[k + 1]) : hn::Zero(d);
    const auto x0 = hn::InterleaveLower(d, even, odd), x1 = hn::InterleaveUpper(d, even, odd);
#pragma GCC unroll 8
    for (int j = 0; j < kChannels; ++j) {
      const auto weight = hn::Set(U32(), weights[j]);
      sum[j][0].raw = _mm512_dpbf16_ps(sum[j][0].raw, (__m512bh)weight.raw, (__m512bh)x0.raw);
      sum[j][1].raw = _mm512_dpbf16_ps(sum[j][1].raw, (__m512bh)weight.raw, (__m512bh)x1.raw);
    }
    weights += kChannels;
  }
  const F32 f;
  HWY_ALIGN static constexpr std::int32_t alternate[16] = {0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15};
  const auto blocks = hn::SetTableIndices(f, alternate);
#pragma GCC unroll 8
  for (int j = 0; j < kChannels; ++j) {
    const auto lower = hn::ConcatLowerLower(f, sum[j][1], sum[j][0]);
    const auto upper = hn::ConcatUpperUpper(f, sum[j][1], sum[j][0]);
    sum[j][0] = hn::TableLookupLanes(lower, blocks);
    sum[j][1] = hn::TableLookupLanes(upper, blocks);
  }
  StoreTile(sum, earlier, c);
}

/// As oneDNN adds: a chain of products, another of those beyond the longest, both added, and then to what C held.
template <int kChannels, int kVectors, class M>
void MultiplyVectors(const M* const* at, Taps taps, const std::uint32_t* weights, Write write, MatrixView<float> c) {
  constexpr std::int64_t width = kVectors * pixel_lanes<M>;
  const auto tile = [&](Taps some, const MatrixView<const float>* earlier, MatrixView<float> to) {
    const std::int64_t skipped = (some.data() - taps.data()) / per_unit<M>;
    MultiplyTile<kChannels, kVectors>(at, some, weights + skipped * kChannels, earlier, to);
  };
  const MatrixView<const float> before = c;
  const bool accumulate = write == Write::accumulate;
  const auto longest = static_cast<std::size_t>(dense::longest_chain);
  if (taps.size() <= longest) return tile(taps, accumulate ? &before : nullptr, c);
  HWY_ALIGN float chains[kChannels * width];
  const MatrixView<float> own{chains, kChannels, width, width};
  const MatrixView<float> to = accumulate ? own : c;
  const MatrixView<const float> first = to;
  tile(taps.first(longest), nullptr, to);
  tile(taps.subspan(longest), &first, to);
  if (!accumulate) return;
  for (int j = 0; j < kChannels; ++j)
    for (std::int64_t i = 0; i < width; ++i) c(j, i) += own(j, i);
}

/// Vectors at a time that fill the registers: of FP32 three; two are nearly as fast, one is not.
template <class M>
std::int64_t AtOnce(std::int64_t left) {
  if (sizeof(M) == 2) return 1;
  return left == 3 || left > 4 ? 3 : std::min<std::int64_t>(left, 2);
}

template <int kChannels, class M>
void MultiplyStrip(Vectors<M> vectors, Taps taps, const std::uint32_t* weights, Write write, MatrixView<float> c) {
  const std::int64_t all = std::ssize(vectors);
  for (std::int64_t v = 0; v < all;) {
    const std::int64_t at_once = AtOnce<M>(all - v);
    const MatrixView<float> to{c.data + v * pixel_lanes<M>, c.rows, c.cols, c.stride};
    if constexpr (sizeof(M) == sizeof(float)) {
      if (at_once == 3) MultiplyVectors<kChannels, 3>(&vectors[v], taps, weights, write, to);
      if (at_once == 2) MultiplyVectors<kChannels, 2>(&vectors[v], taps, weights, write, to);
    }
    if (at_once == 1) MultiplyVectors<kChannels, 1>(&vectors[v], taps, weights, write, to);
    v += at_once;
  }
}

template <class M>
void Multiply(Vectors<M> vectors, Taps taps, const std::uint32_t* weights, Write write, MatrixView<float> c) {
  if (c.rows == strip_channels)
    MultiplyStrip<8>(vectors, taps, weights, write, c);
  else
    MultiplyStrip<4>(vectors, taps, weights, write, c);
}

bool CanMultiply() { return true; }

#else

template <class M>
void Multiply(Vectors<M>, Taps, const std::uint32_t*, Write, MatrixView<float>) {
  HWY_ABORT("no product of planes without vectors of 64 bytes");
}

bool CanMultiply() { return false; }

#endif

void Multiply32(Vectors<float> vectors, Taps taps, const std::uint32_t* weights, Write write, MatrixView<float> c) {
  Multiply(vectors, taps, weights, write, c);
}
void Multiply16(Vectors<std::uint16_t> vectors, Taps taps, const std::uint32_t* weights, Write write,
                MatrixView<float> c) {
  Multiply(vectors, taps, weights, write, c);
}

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acrtc::reuse {
namespace {

HWY_EXPORT(CanMultiply);
HWY_EXPORT(Multiply16);
HWY_EXPORT(Multiply32);

template <class M>
void expect_shapes(std::span<const M* const> vectors, std::span<const std::int64_t> taps, const MatrixView<float>& c) {
  require(std::ssize(taps) <= dense::longest_k, "a product of planes is of few taps");
  require(c.rows == padded_strip(c.rows) && c.cols == std::ssize(vectors) * pixel_lanes<M>,
          "a product of planes is a padded strip of whole vectors");
}

}  // namespace

bool can_multiply_planes(dense::Element element) {
  return dense::adds_in_chains(element) && HWY_DYNAMIC_DISPATCH(CanMultiply)();
}

void multiply_planes(std::span<const float* const> vectors, std::span<const std::int64_t> taps,
                     const std::uint32_t* weights, dense::MatmulSpec::Write write, MatrixView<float> c) {
  expect_shapes(vectors, taps, c);
  HWY_DYNAMIC_DISPATCH(Multiply32)(vectors, taps, weights, write, c);
}

void multiply_planes(std::span<const std::uint16_t* const> vectors, std::span<const std::int64_t> taps,
                     const std::uint32_t* weights, dense::MatmulSpec::Write write, MatrixView<float> c) {
  expect_shapes(vectors, taps, c);
  HWY_DYNAMIC_DISPATCH(Multiply16)(vectors, taps, weights, write, c);
}

}  // namespace acrtc::reuse
#endif  // HWY_ONCE
