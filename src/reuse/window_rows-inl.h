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
  BeatSum(D, std::int64_t lanes) : lanes_(lanes) {}

  HWY_INLINE void Add(hn::Vec<D> most) {
    if (lanes_ != 4) {
      rest_ += SumOfGroupMaxima(D(), most, lanes_);
      return;
    }
    // Within 64 (128) bits, the maximum of four 16-bit (32-bit) lanes ends in the lowest.
    auto wide = hn::BitCast(d64_, most);
    if constexpr (sizeof(hn::TFromD<D>) == 2) {
      wide = hn::BitCast(d64_, hn::Max(most, hn::BitCast(D(), hn::ShiftRight<16>(wide))));
      wide = hn::BitCast(d64_, hn::Max(hn::BitCast(D(), wide), hn::BitCast(D(), hn::ShiftRight<32>(wide))));
      fours_ = hn::Add(fours_, hn::And(wide, hn::Set(d64_, 0xffff)));
    } else {
      wide = hn::BitCast(d64_, hn::Max(most, hn::BitCast(D(), hn::ShiftRight<32>(wide))));
      const auto swapped = hn::Shuffle01(wide);
      wide = hn::BitCast(d64_, hn::Max(hn::BitCast(D(), wide), hn::BitCast(D(), swapped)));
      fours_ = hn::Add(fours_, hn::And(wide, hn::Set(d64_, 0xffffffff)));
    }
  }

  std::uint64_t Total() const {
    // Each 128-bit group of four 32-bit lanes was counted in both its halves.
    const std::uint64_t fours = hn::GetLane(hn::SumOfLanes(d64_, fours_));
    return rest_ + (sizeof(hn::TFromD<D>) == 2 ? fours : fours / 2);
  }

 private:
  const hn::RepartitionToWide<hn::RepartitionToWide<hn::ScalableTag<uint16_t>>> d64_{};
  std::int64_t lanes_;
  std::uint64_t rest_ = 0;
  hn::Vec<hn::ScalableTag<uint64_t>> fours_ = hn::Zero(hn::ScalableTag<uint64_t>());
};

/// One window of kRows whole rows, row i of it read at from[i].
template <int kRows, bool kHalf, class D>
WindowCount RowsOfProducts(D d, const KeyMaker<D>& keys, const WindowRule& rule, const hn::TFromD<D>* const* from,
                           MatrixView<hn::TFromD<D>> window) {
  using T = hn::TFromD<D>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto one = hn::Set(d, T{1});
  const auto least = hn::Set(d, static_cast<T>((kRows + rule.supply - 1) / rule.supply));
  std::uint64_t distinct[kRows] = {}, zeros = 0, reused_zero = 0;
  BeatSum<D> beats(d, rule.lanes);
  const T* source[kRows];  // of its own, for stores not to alias it
  std::copy_n(from, kRows, source);

  for (std::int64_t c = 0; c < window.cols; c += lanes) {
    const bool whole = c + lanes <= window.cols;
    const auto valid = hn::FirstN(d, static_cast<std::size_t>(std::min(lanes, window.cols - c)));
    Keyed<D> row[kRows];
    for (int i = 0; i < kRows; ++i) {
      const T* at = source[i] + c;
      row[i] = keys.template operator()<kHalf>(whole ? hn::LoadU(d, at) : hn::MaskedLoad(valid, d, at));
      zeros += hn::CountTrue(d, hn::And(row[i].zero, valid));
    }
    const auto write = [&](hn::Vec<D> value, int i) {
      if (whole)  // masked stores of 16-bit lanes are many times slower
        hn::StoreU(value, d, window.row(i) + c);
      else
        hn::BlendedStore(value, valid, d, window.row(i) + c);
    };
    write(row[0].value, 0);
    auto used = one;
    for (int i = 1; i < kRows; ++i) {
      auto value = row[i].value;
      auto matched = hn::FirstN(d, 0);
      for (int j = i - 1; j >= 0; --j) {  // downwards, so that the first row with the key has the last word
        const auto equal = hn::Eq(row[i].key, row[j].key);
        value = hn::IfThenElse(equal, row[j].value, value);
        matched = hn::Or(matched, equal);
      }
      matched = hn::And(hn::And(matched, row[i].finite), valid);
      const auto fresh = hn::AndNot(matched, valid);
      distinct[i] += hn::CountTrue(d, fresh);
      reused_zero += hn::CountTrue(d, hn::And(matched, row[i].zero));
      used = hn::Add(used, hn::IfThenElseZero(fresh, one));
      write(hn::IfThenElse(matched, value, row[i].value), i);
    }
    const auto most = hn::Max(used, least);
    beats.Add(whole ? most : hn::IfThenElseZero(valid, most));
  }

  WindowCount count;
  distinct[0] = static_cast<std::uint64_t>(window.cols);
  for (int i = 0; i < kRows; ++i) {
    count.products += distinct[i];
    count.comparisons += distinct[i] * static_cast<std::uint64_t>(kRows - 1 - i);
  }
  count.sums = static_cast<std::uint64_t>(kRows * window.cols);
  count.reused = count.sums - count.products;
  count.zeros = zeros;
  count.reused_zero = reused_zero;
  count.beats = beats.Total();
  return count;
}

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
