// Comparing single products in windows of four neighbouring elements, and keeping what was found as a byte a window, so
// that elements which many columns share are compared once and counted for each.

#if defined(ACRTC_REUSE_WINDOW_MARKS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ACRTC_REUSE_WINDOW_MARKS_INL_H_
#undef ACRTC_REUSE_WINDOW_MARKS_INL_H_
#else
#define ACRTC_REUSE_WINDOW_MARKS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstring>

#include "acrtc/base/integer.hpp"
#include "reuse/transpose_blocks-inl.h"
#include "reuse/window_across-inl.h"
#include "reuse/window_columns-inl.h"
#include "reuse/window_keys-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D>
HWY_INLINE std::uint64_t BitsOf([[maybe_unused]] D d, hn::Mask<D> mask) {
#if HWY_TARGET <= HWY_AVX3  // no detour by way of memory
  return static_cast<std::uint64_t>(mask.raw);
#else
  uint8_t bytes[8] = {};
  hn::StoreMaskBits(d, mask, bytes);
  std::uint64_t bits;
  hwy::CopyBytes<8>(bytes, &bits);
  return bits;
#endif
}

/// The lower 32 bits, four a byte instead of eight.
HWY_INLINE std::uint64_t SpreadNibbles(std::uint64_t bits) {
#if HWY_TARGET <= HWY_AVX3  // CPUs with these vectors all deposit bits in a cycle, older ones may take hundreds
  return _pdep_u64(bits, 0x0f0f0f0f0f0f0f0f);
#else
  bits &= 0xffffffff;
  bits = (bits | bits << 16) & 0x0000ffff0000ffff;
  bits = (bits | bits << 8) & 0x00ff00ff00ff00ff;
  return (bits | bits << 4) & 0x0f0f0f0f0f0f0f0f;
#endif
}

/// A byte a window: the lower bits say which elements repeat no earlier one, the upper ones which are zero.
HWY_INLINE void StoreMarks(std::uint64_t fresh, std::uint64_t zero, uint8_t* marks) {
  const std::uint64_t bytes = SpreadNibbles(fresh) | SpreadNibbles(zero) << 4;
  std::memcpy(marks, &bytes, sizeof bytes);
}

#if HWY_TARGET <= HWY_AVX3

/// Replaces repeats in four vectors that hold a window in each lane; returns a mark in the lower byte of each lane.
template <bool kHalf, class D>
HWY_INLINE hn::Vec<D> MarkAcross(D d, const KeyMaker<D>& keys, hn::Vec<D>* value) {
  using T = hn::TFromD<D>;
  auto marks = hn::Set(d, T{0xff});
  const auto clear = [&](int bit, hn::Mask<D> where) HWY_ATTR {
    marks = hn::IfThenElse(where, hn::Xor(marks, hn::Set(d, static_cast<T>(1 << bit))), marks);
  };
  ReplaceAcross<4, kHalf>(
      d, keys, value, [&](int i, hn::Mask<D> nonzero) HWY_ATTR { clear(4 + i, nonzero); }, clear);
  return marks;
}

/// Marks of one window a block of four vectors: lane v of block b belongs to block b of vector v.
HWY_INLINE void StoreMarks(hn::ScalableTag<uint32_t> d, hn::Vec<hn::ScalableTag<uint32_t>> marks, uint8_t* to) {
  const hn::FixedTag<uint8_t, 16> bytes;
  HWY_ALIGN static constexpr uint8_t by_vector[16] = {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15};
  const auto by_block = hn::DemoteTo(bytes, hn::BitCast(hn::RebindToSigned<decltype(d)>(), marks));
  hn::StoreU(hn::TableLookupBytes(by_block, hn::Load(bytes, by_vector)), bytes, to);
}

/// Of two windows a block of eight vectors.
HWY_INLINE void StoreMarks(hn::ScalableTag<uint16_t> d, hn::Vec<hn::ScalableTag<uint16_t>> marks, uint8_t* to) {
  const hn::Half<decltype(d)> half;
  const hn::Half<decltype(half)> block;
  const hn::RepartitionToWide<decltype(block)> pair;
  const hn::Repartition<uint8_t, decltype(block)> bytes;
  const auto lower = hn::LowerHalf(half, marks), upper = hn::UpperHalf(half, marks);
  const auto b0 = hn::LowerHalf(block, lower), b1 = hn::UpperHalf(block, lower);
  const auto b2 = hn::LowerHalf(block, upper), b3 = hn::UpperHalf(block, upper);
  const auto store = [&](auto first, auto second, uint8_t* at) HWY_ATTR {  // of four vectors
    const auto a = hn::BitCast(pair, first), b = hn::BitCast(pair, second);
    hn::StoreU(hn::BitCast(bytes, hn::InterleaveLower(pair, a, b)), bytes, at);
    hn::StoreU(hn::BitCast(bytes, hn::InterleaveUpper(pair, a, b)), bytes, at + 16);
  };
  store(hn::InterleaveLower(block, b0, b1), hn::InterleaveLower(block, b2, b3), to);
  store(hn::InterleaveUpper(block, b0, b1), hn::InterleaveUpper(block, b2, b3), to + 32);
}

/// As many vectors as a block of 16 bytes has elements, transposed: a window's elements then lie in four vectors, and
/// one comparison is of a window in each lane instead of a fourth of that.
template <bool kHalf, class D>
HWY_INLINE void MarkSquares(D d, const KeyMaker<D>& keys, const hn::TFromD<D>* values, hn::TFromD<D>* to,
                            uint8_t* marks) {
  constexpr int kSide = 16 / sizeof(hn::TFromD<D>), kLanes = hn::MaxLanes(D());
  hn::Vec<D> v[kSide];
  for (int i = 0; i < kSide; ++i) v[i] = hn::LoadU(d, values + i * kLanes);
  TransposeBlocks(d, v);
  auto found = MarkAcross<kHalf>(d, keys, v);
  if constexpr (kSide == 8) found = hn::Or(found, hn::ShiftLeft<8>(MarkAcross<kHalf>(d, keys, v + 4)));
  TransposeBlocks(d, v);
  for (int i = 0; i < kSide; ++i) hn::StoreU(v[i], d, to + i * kLanes);
  StoreMarks(d, found, marks);
}

#endif

/// Replaces repeats on the way from `values` to `to`. Touches whole vectors, and eight marks from the last one's on.
template <bool kHalf, class D>
void MarkRepeats(D d, const KeyMaker<D> keys, const hn::TFromD<D>* values, std::int64_t size, hn::TFromD<D>* to,
                 uint8_t* marks) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const WindowShuffles<4, D> shuffles;
  std::int64_t i = 0;
#if HWY_TARGET <= HWY_AVX3
  constexpr std::int64_t kSquares = 16 / sizeof(hn::TFromD<D>) * hn::MaxLanes(D());
  for (; i + kSquares <= size; i += kSquares, marks += kSquares / 4)
    MarkSquares<kHalf>(d, keys, values + i, to + i, marks);
#endif
  for (; i < size; i += lanes, marks += lanes / 4) {
    const auto x = keys.template operator()<kHalf>(hn::LoadU(d, values + i));
    const auto first = shuffles.FirstEqual(x.key);
    const auto matched = hn::And(hn::Ne(first, shuffles.Itself()), x.finite);
    hn::StoreU(hn::IfThenElse(matched, shuffles.Take(x.value, first), x.value), d, to + i);
    StoreMarks(~BitsOf(d, matched), BitsOf(d, x.zero), marks);
  }
}

template <class D>
void MarkZeros(D d, const hn::TFromD<D>* values, std::int64_t size, uint8_t* marks) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t i = 0; i < size; i += lanes, marks += lanes / 4) {
    const auto bits = hn::LoadU(d, values + i);
    StoreMarks(~std::uint64_t{0}, BitsOf(d, hn::Eq(hn::Add(bits, bits), hn::Zero(d))), marks);
  }
}

/// Looks a number up for each value of four bits.
class NibbleTable {
 public:
  using D = hn::ScalableTag<uint8_t>;

  template <class Number>
  explicit NibbleTable(Number number) {
    HWY_ALIGN uint8_t table[16];
    for (unsigned bits = 0; bits < 16; ++bits) table[bits] = static_cast<uint8_t>(number(bits));
    table_ = hn::LoadDup128(D(), table);
  }

  HWY_INLINE hn::Vec<D> operator[](hn::Vec<D> nibbles) const { return hn::TableLookupBytes(table_, nibbles); }

 private:
  hn::Vec<D> table_;
};

/// Each entry of `columns` is one column of the compared operand: its windows' marks begin at marks + entry / 4.
WindowCount CountMarks(const WindowRule& rule, const uint8_t* marks, std::span<const std::int64_t> columns,
                       std::int64_t windows) {
  const hn::ScalableTag<uint8_t> d;
  const hn::Repartition<uint64_t, decltype(d)> d64;
  const hn::Repartition<uint16_t, decltype(d)> d16;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d)), all = std::ssize(columns);
  const NibbleTable ones([](unsigned bits) { return std::popcount(bits); });
  const NibbleTable compared([](unsigned bits) { return 3 * (bits & 1) + 2 * (bits >> 1 & 1) + (bits >> 2 & 1); });
  const auto low = hn::Set(d, uint8_t{15});
  const auto least = hn::Set(d, static_cast<uint8_t>(ceil_div(4, rule.supply)));
  auto products = hn::Zero(d64), comparisons = products, zeros = products, reused_zero = products, beats = products;

  for (std::int64_t group = 0; group < all; group += rule.lanes) {
    const std::int64_t end = std::min(group + rule.lanes, all);
    for (std::int64_t w = 0; w < windows; w += lanes) {
      const auto valid = hn::FirstN(d, static_cast<std::size_t>(std::min(lanes, windows - w)));
      auto most = least;
      auto distinct = hn::Zero(d), pairs = distinct, zero = distinct, repeated_zero = distinct;
      for (std::int64_t c = group; c < end; ++c) {
        const auto mark = hn::LoadU(d, marks + columns[c] / 4 + w);
        const auto fresh = hn::And(mark, low);
        const auto is_zero = hn::And(hn::BitCast(d, hn::ShiftRight<4>(hn::BitCast(d16, mark))), low);
        const auto used = ones[fresh];
        most = hn::Max(most, used);
        distinct = hn::Add(distinct, used);
        pairs = hn::Add(pairs, compared[fresh]);
        zero = hn::Add(zero, ones[is_zero]);
        repeated_zero = hn::Add(repeated_zero, ones[hn::AndNot(fresh, is_zero)]);
      }
      const auto sum = [&](hn::Vec<decltype(d)> bytes) { return hn::SumsOf8(hn::IfThenElseZero(valid, bytes)); };
      beats = hn::Add(beats, sum(most));
      products = hn::Add(products, sum(distinct));
      comparisons = hn::Add(comparisons, sum(pairs));
      zeros = hn::Add(zeros, sum(zero));
      reused_zero = hn::Add(reused_zero, sum(repeated_zero));
    }
  }

  const auto total = [&](hn::Vec<decltype(d64)> sums) { return hn::GetLane(hn::SumOfLanes(d64, sums)); };
  WindowCount count;
  count.products = total(products);
  count.sums = static_cast<std::uint64_t>(all * windows * 4);
  count.comparisons = total(comparisons);
  count.zeros = total(zeros);
  count.reused = count.sums - count.products;
  count.reused_zero = total(reused_zero);
  count.beats = total(beats);
  return count;
}

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
