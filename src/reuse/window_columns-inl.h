// Comparing single products where a window's rows are neighbours in one vector: the fast path of blocks stored column
// by column, which is what im2col of a [n, c, h, w] tensor gives.

#if defined(ACRTC_REUSE_WINDOW_COLUMNS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ACRTC_REUSE_WINDOW_COLUMNS_INL_H_
#undef ACRTC_REUSE_WINDOW_COLUMNS_INL_H_
#else
#define ACRTC_REUSE_WINDOW_COLUMNS_INL_H_
#endif

#include <hwy/highway.h>

#include "acrtc/base/integer.hpp"
#include "reuse/lane_sum-inl.h"
#include "reuse/part_vector-inl.h"
#include "reuse/window_keys-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Byte shuffles within a window of kRows lanes: `to_all[j]` copies lane j to all, `rotate[t]` rotates by 2^t lanes.
template <int kRows, class D>
class WindowShuffles {
 public:
  WindowShuffles() {
    for (int j = 0; j < kRows; ++j) to_all_[j] = hn::LoadDup128(Bytes(), tables_.to_all[j]);
    same_ = hn::LoadDup128(Bytes(), tables_.same);
    for (int t = 0; (1 << t) < kRows; ++t) rotate_[t] = hn::LoadDup128(Bytes(), tables_.rotate[t]);
  }

  HWY_INLINE hn::Vec<D> ToAll(hn::Vec<D> v, int lane) const { return Shuffle(v, to_all_[lane]); }

  /// The first lane of the window with the same key, which may be the lane itself: a table for Take(). The last lane
  /// needs no comparison, and no lane has to know its place, as none finds a later one before itself.
  HWY_INLINE hn::Vec<D> FirstEqual(hn::Vec<D> key) const {
    static_assert(kRows == 4);
    auto first = Itself();
    for (int j = 2; j >= 0; --j)
      first = hn::IfThenElse(hn::Eq(key, ToAll(key, j)), hn::BitCast(D(), to_all_[j]), first);
    return first;
  }
  /// The table that changes nothing.
  HWY_INLINE hn::Vec<D> Itself() const { return hn::BitCast(D(), same_); }
  HWY_INLINE hn::Vec<D> Take(hn::Vec<D> v, hn::Vec<D> table) const { return Shuffle(v, hn::BitCast(Bytes(), table)); }

  /// Each lane becomes the sum of its window's lanes.
  HWY_INLINE hn::Vec<D> Sum(hn::Vec<D> v) const {
    for (int t = 0; (1 << t) < kRows; ++t) v = hn::Add(v, Shuffle(v, rotate_[t]));
    return v;
  }

 private:
  using Bytes = hn::Repartition<uint8_t, D>;

  /// Alike in all 16 bytes, in which shuffles stay.
  struct Tables {
    alignas(16) uint8_t to_all[kRows][16], rotate[2][16], same[16];

    constexpr Tables() : to_all(), rotate(), same() {
      constexpr int kSize = sizeof(hn::TFromD<D>);
      for (int byte = 0; byte < 16; ++byte) {
        const int lane = byte / kSize, first = lane / kRows * kRows;
        const auto from = [&](int source) { return static_cast<uint8_t>((first + source) * kSize + byte % kSize); };
        for (int j = 0; j < kRows; ++j) to_all[j][byte] = from(j);
        for (int t = 0; (1 << t) < kRows; ++t) rotate[t][byte] = from((lane + (1 << t)) % kRows);
        same[byte] = from(lane % kRows);
      }
    }
  };
  static constexpr Tables tables_{};

  static HWY_INLINE hn::Vec<D> Shuffle(hn::Vec<D> v, hn::Vec<Bytes> table) {
    return hn::BitCast(D(), hn::TableLookupBytes(hn::BitCast(Bytes(), v), table));
  }

  hn::Vec<Bytes> to_all_[kRows], rotate_[2], same_;
};

/// block[c][r]: `cols` rows of the matrix, a multiple of kRows, lie in each of its `rows` memory rows.
template <int kRows, bool kHalf, class D>
WindowCount ColumnsOfProducts(D d, const KeyMaker<D>& keys, const WindowRule& rule, MatrixView<hn::TFromD<D>> block) {
  using T = hn::TFromD<D>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const WindowShuffles<kRows, D> shuffles;
  const auto place = hn::And(hn::Iota(d, 0), hn::Set(d, T{kRows - 1}));  // a lane's row within its window
  const auto rows_after = hn::Sub(hn::Set(d, T{kRows - 1}), place);
  hn::Mask<D> later[kRows];
  for (int j = 0; j < kRows; ++j) later[j] = hn::Gt(place, hn::Set(d, static_cast<T>(j)));
  const auto one = hn::Set(d, T{1});
  const auto least = hn::Set(d, static_cast<T>(ceil_div(kRows, rule.supply)));
  WindowCount count;
  LaneSum<D> products, comparisons, zeros, reused_zero, beats;
  const auto gather = [&] {
    count.products += products.Take();
    count.comparisons += comparisons.Take();
    count.zeros += zeros.Take();
    count.reused_zero += reused_zero.Take();
    count.beats += beats.Take();
  };
  std::int64_t added = 0;  // columns since gather()

  for (std::int64_t r = 0; r < block.cols; r += lanes) {
    const bool whole = r + lanes <= block.cols;
    const auto left = static_cast<std::size_t>(std::min(lanes, block.cols - r));
    const auto valid = hn::FirstN(d, left);
    for (std::int64_t group = 0; group < block.rows; group += rule.lanes) {
      auto most = least;
      const std::int64_t end = std::min(group + rule.lanes, block.rows);
      for (std::int64_t c = group; c < end; ++c) {
        T* at_c = block.row(c) + r;
        const auto x = keys.template operator()<kHalf>(whole ? hn::LoadU(d, at_c) : LoadFirst(d, at_c, left));
        auto value = x.value;
        auto matched = hn::FirstN(d, 0);
        for (int j = kRows - 2; j >= 0; --j) {  // downwards, so that the first row with the key has the last word
          const auto equal = hn::And(hn::Eq(x.key, shuffles.ToAll(x.key, j)), later[j]);
          value = hn::IfThenElse(equal, shuffles.ToAll(x.value, j), value);
          matched = hn::Or(matched, equal);
        }
        matched = hn::And(hn::And(matched, x.finite), valid);
        const auto reused = hn::IfThenElse(matched, value, x.value);
        if (whole)  // masked stores of 16-bit lanes are many times slower
          hn::StoreU(reused, d, at_c);
        else
          StoreFirst(reused, d, at_c, left);
        const auto fresh = hn::AndNot(matched, valid);
        most = hn::Max(most, shuffles.Sum(hn::IfThenElseZero(fresh, one)));
        products.AddWhere(fresh, one);
        comparisons.AddWhere(fresh, rows_after);
        zeros.AddWhere(hn::And(x.zero, valid), one);
        reused_zero.AddWhere(hn::And(matched, x.zero), one);
      }
      beats.AddWhere(valid, most);
      if ((added += rule.lanes) >= 0x1000) {  // each adds up to 3 to a lane
        gather();
        added = 0;
      }
    }
  }
  gather();
  count.sums = static_cast<std::uint64_t>(block.rows * block.cols);
  count.reused = count.sums - count.products;
  count.beats /= kRows;  // each lane of a window held the window's beats
  return count;
}

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
