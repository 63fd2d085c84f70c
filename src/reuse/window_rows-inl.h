// Comparing single products where the rows of a window lie in different vectors: the fast path of blocks stored row by
// row.

#if defined(ACRTC_REUSE_WINDOW_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ACRTC_REUSE_WINDOW_ROWS_INL_H_
#undef ACRTC_REUSE_WINDOW_ROWS_INL_H_
#else
#define ACRTC_REUSE_WINDOW_ROWS_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <utility>

#include "acrtc/base/integer.hpp"
#include "reuse/part_vector-inl.h"
#include "reuse/window_across-inl.h"
#include "reuse/window_keys-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// What is found in windows of whole rows, a bit a column: these are counted for hundreds of columns at a time, so that
/// what a vector of them costs is little but the storing of its masks.
template <int kRows>
class FoundBits {
 public:
  static constexpr std::int64_t most_columns = 4096;  ///< of a window

  FoundBits(std::int64_t columns, const WindowRule& rule)
      : columns_(columns), lanes_(static_cast<int>(rule.lanes)), least_(ceil_div(kRows, rule.supply)) {
    std::fill_n(valid_, kWords, 0);
    for (int bit = 0; bit < 64; bit += lanes_) leaders_ |= std::uint64_t{1} << bit;
  }

  /// Where the bits of the next window's columns begin.
  std::int64_t BeginWindow() {
    if (kept_ + Words() > kWords) CountKept();
    std::uint64_t* valid = valid_ + kept_;
    std::fill_n(valid, Words(), ~std::uint64_t{0});
    valid[Words() - 1] >>= Words() * 64 - columns_;
    ++windows_;
    return std::exchange(kept_, kept_ + Words()) * 64;
  }

  /// Sets the bits of a vector of row i, from bit `at` on: elements that repeat an earlier one, and those that are not
  /// zero.
  template <class D>
  HWY_INLINE void SetMatched(D d, int i, std::int64_t at, hn::Mask<D> mask) {
    Set(d, mask, at, matched_[i]);
  }
  template <class D>
  HWY_INLINE void SetNonzero(D d, int i, std::int64_t at, hn::Mask<D> mask) {
    Set(d, mask, at, nonzero_[i]);
  }

  WindowCount Total() {
    std::fill(valid_ + kept_, valid_ + kWords, 0);
    CountKept();
    const auto elements = static_cast<std::uint64_t>(windows_ * kRows * columns_);
    const std::uint64_t matched = Sum(matched_sum_);
    WindowCount count;
    count.sums = elements;
    count.products = elements - matched;
    count.comparisons = elements * (kRows - 1) / 2 - Sum(spared_sum_);
    count.zeros = elements - Sum(nonzero_sum_);
    count.reused = matched;
    count.reused_zero = Sum(matched_zero_sum_);
    count.beats =
        static_cast<std::uint64_t>(windows_ * least_ * ceil_div(columns_, std::int64_t{lanes_})) + Sum(more_beats_sum_);
    return count;
  }

 private:
  using D64 = hn::ScalableTag<std::uint64_t>;
  using D8 = hn::Repartition<std::uint8_t, D64>;
  using V64 = hn::Vec<D64>;
  static constexpr std::int64_t kWords = most_columns / 64;

  /// That a window's columns take.
  std::int64_t Words() const { return ceil_div(columns_, std::int64_t{64}); }

  template <class D>
  static HWY_INLINE void Set(D d, hn::Mask<D> mask, std::int64_t at, std::uint64_t* words) {
    auto* bytes = reinterpret_cast<std::uint8_t*>(words) + static_cast<std::size_t>(at) / 8;
    if constexpr (hn::MaxLanes(D()) >= 8) {
      hn::StoreMaskBits(d, mask, bytes);
    } else {
      std::uint8_t few[8];
      hn::StoreMaskBits(d, mask, few);
      *bytes = static_cast<std::uint8_t>(at % 8 == 0 ? few[0] : *bytes | few[0] << at % 8);
    }
  }

  /// Bits set in each byte.
  static HWY_INLINE hn::Vec<D8> Ones(V64 words) { return hn::PopulationCount(hn::BitCast(D8(), words)); }

  static HWY_INLINE void Accumulate(V64& sum, hn::Vec<D8> bytes) { sum = hn::Add(sum, hn::SumsOf8(bytes)); }

  static std::uint64_t Sum(V64 sum) { return hn::GetLane(hn::SumOfLanes(D64(), sum)); }

  /// The first bit of a group is set where any of the group is.
  HWY_INLINE V64 AnyOfGroup(V64 words) const {
    for (int step = 1; step < lanes_; step *= 2) words = hn::Or(words, hn::ShiftRightSame(words, step));
    return words;
  }

  void CountKept() {
    for (std::int64_t w = 0; w < kept_; w += static_cast<std::int64_t>(hn::Lanes(D64()))) CountWords(w);
    kept_ = 0;
  }

  HWY_INLINE void CountWords(std::int64_t w) {
    const D64 d;
    const auto valid = hn::Load(d, valid_ + w);
    auto nonzero = hn::Zero(D8()), matched = nonzero, spared = nonzero, matched_zero = nonzero, more_beats = nonzero;
    V64 at_least[kRows];  // columns with n repeats or more
    at_least[0] = valid;
    for (int i = 0; i < kRows; ++i) {
      const auto not_zero = hn::And(hn::Load(d, nonzero_[i] + w), valid);
      nonzero = hn::Add(nonzero, Ones(not_zero));
      if (i == 0) continue;
      const auto repeat = hn::And(hn::Load(d, matched_[i] + w), valid);
      spared = hn::Add(spared, matched);  // a repeat takes no part in comparisons with later rows
      matched = hn::Add(matched, Ones(repeat));
      matched_zero = hn::Add(matched_zero, Ones(hn::AndNot(not_zero, repeat)));
      at_least[i] = hn::And(at_least[i - 1], repeat);
      for (int n = i - 1; n > 0; --n) at_least[n] = hn::Or(at_least[n], hn::And(at_least[n - 1], repeat));
    }
    const auto leaders = hn::Set(d, leaders_);
    for (int n = 1; n <= kRows - least_; ++n)  // groups with a column of more than kRows - n distinct elements
      more_beats = hn::Add(more_beats, Ones(hn::And(AnyOfGroup(hn::AndNot(at_least[n], valid)), leaders)));
    Accumulate(nonzero_sum_, nonzero);
    Accumulate(matched_sum_, matched);
    Accumulate(spared_sum_, spared);
    Accumulate(matched_zero_sum_, matched_zero);
    Accumulate(more_beats_sum_, more_beats);
  }

  std::int64_t columns_;
  int lanes_;
  std::int64_t least_, windows_ = 0, kept_ = 0;  ///< kept_: words not yet counted
  std::uint64_t leaders_ = 0;                    ///< first columns of groups
  V64 nonzero_sum_ = hn::Zero(D64()), matched_sum_ = hn::Zero(D64()), spared_sum_ = hn::Zero(D64()),
      matched_zero_sum_ = hn::Zero(D64()), more_beats_sum_ = hn::Zero(D64());
  HWY_ALIGN std::uint64_t valid_[kWords], matched_[kRows][kWords], nonzero_[kRows][kWords];
};

/// Columns [c, c + left) of a window, whole vectors or, at the end of its rows, what is left of one.
template <bool kWhole, int kRows, bool kHalf, class D>
HWY_INLINE void RowsOfProductsAt(D d, const KeyMaker<D>& keys, const hn::TFromD<D>* const (&source)[kRows],
                                 hn::TFromD<D>* const (&to)[kRows], std::int64_t c, std::size_t left,
                                 FoundBits<kRows>& found, std::int64_t at) {
  hn::Vec<D> value[kRows];
  for (int i = 0; i < kRows; ++i) {
    if constexpr (kWhole)
      value[i] = hn::LoadU(d, source[i] + c);
    else
      value[i] = LoadFirst(d, source[i] + c, left);
  }
  ReplaceAcross<kRows, kHalf>(
      d, keys, value, [&](int i, hn::Mask<D> nonzero) HWY_ATTR { found.SetNonzero(d, i, at, nonzero); },
      [&](int i, hn::Mask<D> matched) HWY_ATTR { found.SetMatched(d, i, at, matched); });
  for (int i = 0; i < kRows; ++i) {
    if constexpr (kWhole)  // masked stores of 16-bit lanes are many times slower
      hn::StoreU(value[i], d, to[i] + c);
    else
      StoreFirst(value[i], d, to[i] + c, left);
  }
}

/// Windows of kRows whole rows, row i of the block read at row_at(i).
template <int kRows, bool kHalf, class D, class RowAt>
void RowsOfProducts(D d, const KeyMaker<D>& keys_of_all, const WindowRule& rule, RowAt row_at,
                    MatrixView<hn::TFromD<D>> block, WindowCount& count) {
  using T = hn::TFromD<D>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const KeyMaker<D> keys = keys_of_all;  // a copy, so that stores of elements do not alias it
  for (std::int64_t begin = 0; begin < block.cols; begin += FoundBits<kRows>::most_columns) {
    const std::int64_t columns = std::min(block.cols - begin, FoundBits<kRows>::most_columns);
    FoundBits<kRows> found(columns, rule);
    for (std::int64_t r = 0; r < block.rows; r += kRows) {
      const T* source[kRows];
      T* to[kRows];
      for (int i = 0; i < kRows; ++i) {
        source[i] = row_at(r + i) + begin;
        to[i] = block.row(r + i) + begin;
      }
      const std::int64_t at = found.BeginWindow();
      std::int64_t c = 0;
      for (; c + lanes <= columns; c += lanes)
        RowsOfProductsAt<true, kRows, kHalf>(d, keys, source, to, c, 0, found, at + c);
      if (c < columns)
        RowsOfProductsAt<false, kRows, kHalf>(d, keys, source, to, c, static_cast<std::size_t>(columns - c), found,
                                              at + c);
    }
    count += found.Total();
  }
}

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
