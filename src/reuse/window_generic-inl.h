// Comparing in windows of any height, single products or whole tuples, 64 columns at a time with one bit a column.

#if defined(ACRTC_REUSE_WINDOW_GENERIC_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ACRTC_REUSE_WINDOW_GENERIC_INL_H_
#undef ACRTC_REUSE_WINDOW_GENERIC_INL_H_
#else
#define ACRTC_REUSE_WINDOW_GENERIC_INL_H_
#endif

#include <hwy/highway.h>

#include "reuse/window_keys-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

inline constexpr std::int64_t kStrip = 64;      ///< columns handled at a time
inline constexpr std::int64_t kMaxWindow = 64;  ///< rows

/// 64 columns of one window: keys and one word of flags a row. Columns beyond `cols` hold zeros, equal in all rows.
template <class T>
struct Strip {
  std::int64_t rows, cols;
  HWY_ALIGN T keys[kMaxWindow][kStrip];
  std::uint64_t zero[kMaxWindow], finite[kMaxWindow];
  std::uint64_t fresh[kMaxWindow];  ///< elements that repeat no earlier one

  std::uint64_t columns() const { return cols == kStrip ? ~std::uint64_t{0} : (std::uint64_t{1} << cols) - 1; }
};

/// Runs mask_at(first lane) over the strip and collects the masks' bits.
template <class D, class MaskAt>
HWY_INLINE std::uint64_t CollectBits(D d, MaskAt mask_at) {
  std::uint64_t word = 0;
  for (std::size_t lane = 0; lane < static_cast<std::size_t>(kStrip); lane += hn::Lanes(d)) {
    uint8_t bytes[8] = {};
    hn::StoreMaskBits(d, mask_at(lane), bytes);
    std::uint64_t part;
    hwy::CopyBytes<8>(bytes, &part);
    word |= part << lane;
  }
  return word;
}

template <bool kHalf, class D>
void ReadStrip(D d, const KeyMaker<D>& keys, MatrixView<hn::TFromD<D>> from, Strip<hn::TFromD<D>>& strip) {
  for (std::int64_t i = 0; i < strip.rows; ++i) {
    HWY_ALIGN hn::TFromD<D> line[kStrip] = {};
    std::copy_n(from.row(i), strip.cols, line);
    strip.zero[i] =
        CollectBits(d,
                    [&](std::size_t lane) { return keys.template operator()<kHalf>(hn::Load(d, line + lane)).zero; }) &
        strip.columns();
    strip.finite[i] = CollectBits(d, [&](std::size_t lane) {
      const auto keyed = keys.template operator()<kHalf>(hn::Load(d, line + lane));
      hn::Store(keyed.key, d, strip.keys[i] + lane);
      return keyed.finite;
    });
  }
}

/// Sets all bits of a group where all of them were set. Groups are 1, 2, 4, 8 or 16 aligned bits.
HWY_INLINE std::uint64_t WholeGroups(std::uint64_t word, std::int64_t group) {
  for (std::int64_t step = 1; step < group; step *= 2) word &= word >> step;
  std::uint64_t leaders = 0;
  for (std::int64_t bit = 0; bit < kStrip; bit += group) leaders |= std::uint64_t{1} << bit;
  word &= leaders;
  for (std::int64_t step = 1; step < group; step *= 2) word |= word << step;
  return word;
}

/// Copies `from`'s elements over `to`'s where bits are set.
template <class T>
void CopyWhere(std::uint64_t bits, const T* from, T* to) {
  for (; bits != 0; bits &= bits - 1) to[std::countr_zero(bits)] = from[std::countr_zero(bits)];
}

/// Finds and replaces the repeats of row i.
template <class D>
void ReplaceRow(D d, std::int64_t i, std::int64_t group, Strip<hn::TFromD<D>>& strip, MatrixView<hn::TFromD<D>> block) {
  std::uint64_t matched = 0;
  for (std::int64_t j = 0; j < i; ++j) {
    const std::uint64_t equal = CollectBits(d, [&](std::size_t lane) {
      return hn::Eq(hn::Load(d, strip.keys[i] + lane), hn::Load(d, strip.keys[j] + lane));
    });
    const std::uint64_t first = WholeGroups(equal & strip.finite[i], group) & ~matched & strip.columns();
    CopyWhere(first, block.row(j), block.row(i));
    matched |= first;
  }
  strip.fresh[i] = strip.columns() & ~matched;
}

/// Distinct elements (tuples) in the fullest column of each lane group, at least `least`, added up.
template <class T>
std::uint64_t StripBeats(const Strip<T>& strip, std::int64_t lanes, std::uint64_t least) {
  std::uint64_t distinct[kStrip] = {};
  for (std::int64_t i = 0; i < strip.rows; ++i)
    for (std::int64_t c = 0; c < strip.cols; ++c) distinct[c] += strip.fresh[i] >> c & 1;
  std::uint64_t beats = 0;
  for (std::int64_t g = 0; g < strip.cols; g += lanes)
    beats += std::max(least, *std::max_element(distinct + g, distinct + std::min(g + lanes, strip.cols)));
  return beats;
}

template <class T>
WindowCount CountStrip(const Strip<T>& strip, const WindowRule& rule) {
  const bool dot = rule.granularity == Granularity::dot;
  const auto rows = static_cast<std::uint64_t>(strip.rows);
  const auto groups = static_cast<std::uint64_t>((strip.cols + rule.lanes - 1) / rule.lanes);
  WindowCount count;
  std::uint64_t tuples = 0;
  std::uint64_t leaders = 0;
  for (std::int64_t c = 0; c < strip.cols; c += rule.lanes) leaders |= std::uint64_t{1} << c;
  for (std::int64_t i = 0; i < strip.rows; ++i) {
    const auto fresh = static_cast<std::uint64_t>(std::popcount(strip.fresh[i]));
    count.products += fresh;
    count.comparisons += fresh * (rows - 1 - static_cast<std::uint64_t>(i));
    count.zeros += static_cast<std::uint64_t>(std::popcount(strip.zero[i]));
    count.reused_zero += static_cast<std::uint64_t>(std::popcount(strip.zero[i] & ~strip.fresh[i]));
    tuples += static_cast<std::uint64_t>(std::popcount(strip.fresh[i] & leaders));
  }
  const auto elements = rows * static_cast<std::uint64_t>(strip.cols);
  count.reused = elements - count.products;
  count.sums = dot ? count.products - tuples + rows * groups : elements;
  count.beats =
      StripBeats(strip, rule.lanes,
                 (rows + static_cast<std::uint64_t>(rule.supply) - 1) / static_cast<std::uint64_t>(rule.supply));
  return count;
}

/// One window of up to 64 rows.
template <bool kHalf, class D>
WindowCount AnyWindow(D d, const KeyMaker<D>& keys, const WindowRule& rule, MatrixView<hn::TFromD<D>> window) {
  const std::int64_t group = rule.granularity == Granularity::dot ? rule.lanes : 1;
  Strip<hn::TFromD<D>> strip;
  WindowCount count;
  for (std::int64_t c = 0; c < window.cols; c += kStrip) {
    strip.rows = window.rows;
    strip.cols = std::min(kStrip, window.cols - c);
    const MatrixView<hn::TFromD<D>> block{window.data + c, strip.rows, strip.cols, window.stride};
    ReadStrip<kHalf>(d, keys, block, strip);
    strip.fresh[0] = strip.columns();
    for (std::int64_t i = 1; i < strip.rows; ++i) ReplaceRow(d, i, group, strip, block);
    count += CountStrip(strip, rule);
  }
  return count;
}

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
