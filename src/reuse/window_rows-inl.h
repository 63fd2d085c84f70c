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
#include "reuse/lane_sum-inl.h"
#include "reuse/part_vector-inl.h"
#include "reuse/window_keys-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// The largest lane of each group of `group` adjacent lanes, added up. Groups do not cross vectors.
template <class D>
HWY_INLINE std::uint64_t SumOfGroupMaxima(D d, hn::Vec<D> v, std::int64_t group) {
  using T = hn::TFromD<D>;
  HWY_ALIGN T lanes[HWY_MAX_BYTES / sizeof(T)];
  hn::Store(v, d, lanes);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < hn::Lanes(d); i += static_cast<std::size_t>(group))
    sum += *std::max_element(lanes + i, lanes + i + group);
  return sum;
}

/// Sums group maxima over many vectors; the default of four lanes costs a few instructions a vector.
template <class D>
class BeatSum {
 public:
  explicit BeatSum(std::int64_t lanes) : lanes_(lanes) {}

  HWY_INLINE void Add(hn::Vec<D> most) {
    if (lanes_ != 4) {
      rest_ += SumOfGroupMaxima(D(), most, lanes_);
      return;
    }
    // Within 64 (128) bits, the maximum of four 16-bit (32-bit) lanes ends in the lowest.
    auto wide = hn::BitCast(D64(), most);
    if constexpr (sizeof(hn::TFromD<D>) == 2) {
      wide = hn::BitCast(D64(), hn::Max(most, hn::BitCast(D(), hn::ShiftRight<16>(wide))));
      wide = hn::BitCast(D64(), hn::Max(hn::BitCast(D(), wide), hn::BitCast(D(), hn::ShiftRight<32>(wide))));
      fours_ = hn::Add(fours_, hn::And(wide, hn::Set(D64(), 0xffff)));
    } else {
      wide = hn::BitCast(D64(), hn::Max(most, hn::BitCast(D(), hn::ShiftRight<32>(wide))));
      const auto swapped = hn::Shuffle01(wide);
      wide = hn::BitCast(D64(), hn::Max(hn::BitCast(D(), wide), hn::BitCast(D(), swapped)));
      fours_ = hn::Add(fours_, hn::And(wide, hn::Set(D64(), 0xffffffff)));
    }
  }

  /// The sum, which begins anew.
  std::uint64_t Take() {
    // Each 128-bit group of four 32-bit lanes was counted in both its halves.
    const std::uint64_t fours = hn::GetLane(hn::SumOfLanes(D64(), fours_));
    fours_ = hn::Zero(D64());
    return std::exchange(rest_, 0) + (sizeof(hn::TFromD<D>) == 2 ? fours : fours / 2);
  }

 private:
  using D64 = hn::Repartition<std::uint64_t, D>;

  std::int64_t lanes_;
  std::uint64_t rest_ = 0;
  hn::Vec<D64> fours_ = hn::Zero(D64());
};

/// `spared`: comparisons with later rows that a repeat takes no part in.
template <class D>
struct LaneSums {
  explicit LaneSums(std::int64_t lanes) : beats(lanes) {}

  LaneSum<D> products, spared, zeros, reused_zero;
  BeatSum<D> beats;
};

/// What is found in many windows of whole rows. Lanes are added up before any of them can overflow.
template <class D>
class RowTally {
 public:
  /// Vectors a row that may be added at once: of eight rows each adds up to 28 comparisons to a lane.
  static constexpr std::int64_t most_vectors = 2048;

  explicit RowTally(std::int64_t lanes) : sums_(lanes) {}

  /// What so many vectors a row of a window are to be added to.
  LaneSums<D>& sums(std::int64_t vectors) {
    if (vectors_ + vectors > most_vectors) Gather();
    vectors_ += vectors;
    return sums_;
  }

  /// Adds what is known beforehand of windows of so many rows: what they sum, and compare if nothing is repeated.
  void AddWindows(std::int64_t windows, std::int64_t rows, std::int64_t columns) {
    count_.sums += static_cast<std::uint64_t>(windows * rows * columns);
    count_.comparisons += static_cast<std::uint64_t>(windows * rows * (rows - 1) / 2 * columns);
  }

  WindowCount Total() {
    Gather();
    count_.reused = count_.sums - count_.products;
    return count_;
  }

 private:
  void Gather() {
    count_.products += sums_.products.Take();
    count_.comparisons -= sums_.spared.Take();
    count_.zeros += sums_.zeros.Take();
    count_.reused_zero += sums_.reused_zero.Take();
    count_.beats += sums_.beats.Take();
    vectors_ = 0;
  }

  std::int64_t vectors_ = 0;
  LaneSums<D> sums_;
  WindowCount count_;
};

/// Columns [c, c + left) of a window, whole vectors or, at the end of its rows, what is left of one.
template <bool kWhole, int kRows, bool kHalf, class D>
HWY_INLINE void RowsOfProductsAt(D d, const KeyMaker<D>& keys, const hn::TFromD<D>* const (&source)[kRows],
                                 const MatrixView<hn::TFromD<D>>& window, std::int64_t c, std::size_t left,
                                 hn::Vec<D> least, LaneSums<D>& sums) {
  using T = hn::TFromD<D>;
  const auto one = hn::Set(d, T{1});
  const auto valid = hn::FirstN(d, kWhole ? hn::Lanes(d) : left);
  const auto within = [&](hn::Mask<D> mask) { return kWhole ? mask : hn::And(mask, valid); };
  const auto write = [&](hn::Vec<D> value, int i) {
    if constexpr (kWhole)  // masked stores of 16-bit lanes are many times slower
      hn::StoreU(value, d, window.row(i) + c);
    else
      StoreFirst(value, d, window.row(i) + c, left);
  };
  Keyed<D> row[kRows];
  for (int i = 0; i < kRows; ++i) {
    const T* at = source[i] + c;
    if constexpr (kWhole)
      row[i] = keys.template operator()<kHalf>(hn::LoadU(d, at));
    else
      row[i] = keys.template operator()<kHalf>(LoadFirst(d, at, left));
    sums.zeros.AddWhere(within(row[i].zero), one);
  }
  write(row[0].value, 0);
  auto used = hn::Set(d, T{kRows});
  for (int i = 1; i < kRows; ++i) {
    auto value = row[i].value;
    auto matched = hn::FirstN(d, 0);
    for (int j = i - 1; j >= 0; --j) {  // downwards, so that the first row with the key has the last word
      const auto equal = hn::Eq(row[i].key, row[j].key);
      value = hn::IfThenElse(equal, row[j].value, value);
      matched = hn::Or(matched, equal);
    }
    matched = hn::And(within(matched), row[i].finite);
    if (i + 1 < kRows) sums.spared.AddWhere(matched, hn::Set(d, static_cast<T>(kRows - 1 - i)));
    sums.reused_zero.AddWhere(hn::And(matched, row[i].zero), one);
    used = hn::IfThenElse(matched, hn::Sub(used, one), used);
    write(hn::IfThenElse(matched, value, row[i].value), i);
  }
  const auto most = hn::Max(used, least);
  sums.products.Add(kWhole ? used : hn::IfThenElseZero(valid, used));
  sums.beats.Add(kWhole ? most : hn::IfThenElseZero(valid, most));
}

/// Windows of kRows whole rows, row i of the block read at row_at(i); at most RowTally::most_vectors a row.
template <int kRows, bool kHalf, class D, class RowAt>
void RowsOfProducts(D d, const KeyMaker<D>& keys_of_all, const WindowRule& rule, RowAt row_at,
                    MatrixView<hn::TFromD<D>> block, RowTally<D>& tally) {
  using T = hn::TFromD<D>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto least = hn::Set(d, static_cast<T>(ceil_div(kRows, rule.supply)));
  const std::int64_t vectors = std::max<std::int64_t>(1, ceil_div(block.cols, lanes));
  const std::int64_t rows_together = RowTally<D>::most_vectors / vectors * kRows;
  for (std::int64_t begin = 0; begin < block.rows; begin += rows_together) {
    const std::int64_t end = std::min(block.rows, begin + rows_together);
    LaneSums<D>& total = tally.sums((end - begin) / kRows * vectors);
    LaneSums<D> sums = total;  // these are copies, so that stores of elements do not alias them
    const KeyMaker<D> keys = keys_of_all;
    for (std::int64_t r = begin; r < end; r += kRows) {
      const MatrixView<T> window{block.row(r), kRows, block.cols, block.stride};
      const T* source[kRows];
      for (int i = 0; i < kRows; ++i) source[i] = row_at(r + i);
      std::int64_t c = 0;
      for (; c + lanes <= block.cols; c += lanes)
        RowsOfProductsAt<true, kRows, kHalf>(d, keys, source, window, c, 0, least, sums);
      if (c < block.cols)
        RowsOfProductsAt<false, kRows, kHalf>(d, keys, source, window, c, static_cast<std::size_t>(block.cols - c),
                                              least, sums);
    }
    total = sums;
  }
  tally.AddWindows(block.rows / kRows, kRows, block.cols);
}

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
