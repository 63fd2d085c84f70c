#include "reuse/pixel_runs.hpp"

#include <algorithm>

#include "acrtc/base/integer.hpp"
#include "reuse/padded_row.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reuse/pixel_runs.cpp"
#include <hwy/foreach_target.h>
// A header for each target follows the one that goes through them.
#include "reuse/part_vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

HWY_INLINE Range InsideOf(const ConvGeometry& g, const PixelRun& run, ColumnTap tap) {
  const std::int64_t y = run.y + tap.kernel_y;
  return y < 0 || y >= g.input.height ? Range{0, 0} : inside_image(g, run.x + tap.kernel_x, run.length);
}

/// What vectors may touch without harm.
template <class T>
struct Bounds {
  const T *x, *x_end;  ///< the whole input tensor
  const T* out_end;    ///< of the block that is written
};

/// Runs are short: a few whole vectors each, the padding cleared in the register. Masked loads and stores of 16-bit
/// lanes are many times slower (Zen 4 and 5). What stores spill beyond the run is overwritten by later runs and
/// columns. Returns false, with nothing done, where a vector would leave the bounds.
template <bool kPadded, class T>
HWY_INLINE bool CopyVectors(const T* from, const PixelRun& run, Range inside, T* to, const Bounds<T>& bounds) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t whole = round_up(run.length, lanes);
  if (from < bounds.x || bounds.x_end - from < whole || bounds.out_end - to < whole) return false;
  for (std::int64_t i = 0; i < run.length; i += lanes) {
    auto values = hn::LoadU(d, from + i);
    if (kPadded && inside.begin > i) values = hn::IfThenZeroElse(FirstLanes(d, inside.begin - i), values);
    if (kPadded && inside.end < run.length) values = hn::IfThenElseZero(FirstLanes(d, inside.end - i), values);
    hn::StoreU(values, d, to + i);
  }
  return true;
}

/// Where a tap looks, seen from the kernel's upper left corner in the group's first channel.
HWY_INLINE std::int64_t TapOffset(const ConvGeometry& g, ColumnTap tap) {
  return (tap.channel * g.input.height + tap.kernel_y) * g.input.width + tap.kernel_x;
}

template <bool kPadded, class T>
void CopyRuns(const ConvGeometry& g, const T* x, std::span<const PixelRun> runs, Range cols, MatrixView<T> out) {
  ColumnTap tap = column_tap(g, cols.begin);
  const Bounds<T> bounds{x, x + g.samples * g.input.elements(), out.row(out.rows - 1) + out.cols};
  for (std::int64_t k = 0; k < cols.size(); ++k, advance(g, tap)) {
    const T* from = x + TapOffset(g, tap);
    for (const PixelRun& run : runs) {
      const Range inside = kPadded ? InsideOf(g, run, tap) : Range{0, run.length};
      T* to = out.row(k) + run.at;
      if (g.stride_w != 1 || !CopyVectors<kPadded>(from + run.source, run, inside, to, bounds))
        copy_padded(from + run.source, g.stride_w, inside, run.length, to);
    }
  }
}

template <class T>
void CopyRuns(const ConvGeometry& g, const T* x, std::span<const PixelRun> runs, Range cols, MatrixView<T> out) {
  if (g.pad_h > 0 || g.pad_w > 0)
    CopyRuns<true>(g, x, runs, cols, out);
  else
    CopyRuns<false>(g, x, runs, cols, out);
}

/// Adds whole vectors from element i on; returns where fewer are left than a vector holds.
template <class D>
HWY_INLINE std::int64_t AddVectors(D d, const float* from, float* to, std::int64_t i, std::int64_t end) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (; i + lanes <= end; i += lanes) hn::StoreU(hn::Add(hn::LoadU(d, to + i), hn::LoadU(d, from + i)), d, to + i);
  return i;
}

/// Tap by tap: for any stride and for parts of rows.
void AddByTaps(const ConvGeometry& g, MatrixView<const float> c, std::span<const PixelRun> runs, float* dx) {
  ColumnTap tap = column_tap(g, 0);
  for (std::int64_t k = 0; k < c.rows; ++k, advance(g, tap)) {
    float* plane = dx + TapOffset(g, tap);
    for (const PixelRun& run : runs) {
      const Range inside = InsideOf(g, run, tap);
      const float* from = c.row(k) + run.at;
      float* to = plane + run.source;
      std::int64_t i = inside.begin;
      if (g.stride_w == 1) {  // runs are short: smaller vectors take what the largest leave
        i = AddVectors(hn::ScalableTag<float>(), from, to, i, inside.end);
        i = AddVectors(hn::CappedTag<float, 8>(), from, to, i, inside.end);
        i = AddVectors(hn::CappedTag<float, 4>(), from, to, i, inside.end);
      }
      for (; i < inside.end; ++i) to[i * g.stride_w] += from[i];
    }
  }
}

/// Masked loads touch nothing that they leave out only where they are instructions.
constexpr bool kHasMaskedLoads = HWY_TARGET <= HWY_AVX2;

using Sums = hn::ScalableTag<float>;

/// How far columns of neighbouring taps of a kernel row, and of neighbouring channels, are apart.
struct ColumnSteps {
  std::int64_t tap, channel;
};

/// What the taps of a row of the kernel have for a vector of pixels of an input row, which a horizontal stride apart
/// from each other are seen by the same taps.
class TapRow {
 public:
  static constexpr std::int64_t kMostTaps = 16;

  TapRow() = default;
  /// The vector begins at pixel x; output rows are whole.
  TapRow(const ConvGeometry& g, std::int64_t x) : stride_(g.stride_w), first_tap_((x + g.pad_w) % stride_) {
    const Sums d;
    first_pixel_ = (x + g.pad_w) / stride_;
    taps_ = std::max<std::int64_t>(0, ceil_div(g.kernel_w - first_tap_, stride_));
    for (std::int64_t i = 0; i < taps_; ++i)
      seen_[i] = hn::AndNot(FirstLanes(d, i - first_pixel_), FirstLanes(d, g.output_w() + i - first_pixel_));
  }

  /// `pixels`: of an output row in the column of c of the kernel row's first tap; other taps' are `step.tap` apart,
  /// other channels' `step.channel`.
  template <int kChannels>
  HWY_INLINE void AddTo(hn::Vec<Sums> (&sums)[kChannels], const float* pixels, ColumnSteps step) const {
    pixels += first_tap_ * step.tap + first_pixel_;
    for (std::int64_t i = 0; i < taps_; ++i, pixels += stride_ * step.tap - 1)
      for (int channel = 0; channel < kChannels; ++channel)
        sums[channel] = hn::Add(sums[channel], hn::MaskedLoad(seen_[i], Sums(), pixels + channel * step.channel));
  }

 private:
  std::int64_t stride_ = 1, first_tap_ = 0, taps_ = 0;
  std::int64_t first_pixel_ = 0;  ///< that the first tap sees the vector's first pixel from
  hn::Mask<Sums> seen_[kMostTaps];
};

/// Some pixels of an input row in some channels, kStride vectors each, in registers by what taps see them.
template <int kStride, int kChannels>
class PixelSums {
 public:
  PixelSums(const ConvGeometry& g, std::int64_t x) : plane_(g.input.height * g.input.width) {
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(Sums()));
    for (std::int64_t v = 0; v < kStride; ++v) {
      taps_[v] = TapRow(g, x + v);
      inside_[v] = FirstLanes(Sums(), g.input.width - x - v * lanes);
    }
  }

  HWY_INLINE void Load(const float* from) {
    const Sums d;
    for (int channel = 0; channel < kChannels; ++channel, from += plane_) {
      sums_[0][channel] = hn::MaskedLoad(inside_[0], d, from);
      if constexpr (kStride == 2) {
        const auto second = hn::MaskedLoad(inside_[1], d, from + hn::Lanes(d)), first = sums_[0][channel];
        sums_[0][channel] = hn::ConcatEven(d, second, first);
        sums_[1][channel] = hn::ConcatOdd(d, second, first);
      }
    }
  }
  HWY_INLINE void Add(const float* pixels, ColumnSteps step) {
    for (int v = 0; v < kStride; ++v) taps_[v].AddTo(sums_[v], pixels, step);
  }
  HWY_INLINE void Store(float* to) const {
    const Sums d;
    for (int channel = 0; channel < kChannels; ++channel, to += plane_) {
      if constexpr (kStride == 2) {
        HWY_ALIGN float pixels[2 * hn::MaxLanes(d)];
        hn::StoreInterleaved2(sums_[0][channel], sums_[1][channel], d, pixels);
        for (std::size_t v = 0; v < 2; ++v)
          hn::BlendedStore(hn::Load(d, pixels + v * hn::Lanes(d)), inside_[v], d, to + v * hn::Lanes(d));
      } else {
        hn::BlendedStore(sums_[0][channel], inside_[0], d, to);
      }
    }
  }

 private:
  std::int64_t plane_;  ///< from one channel to the next
  TapRow taps_[kStride];
  hn::Mask<Sums> inside_[kStride];
  hn::Vec<Sums> sums_[kStride][kChannels];
};

/// All runs of one sample.
struct SampleRuns {
  SampleRuns(const ConvGeometry& geometry, MatrixView<const float> c, std::span<const PixelRun> all, float* dx)
      : g(geometry), columns(c.data), runs(all) {
    const bool taps_together = g.order == ColumnOrder::ckhkw;
    step = {(taps_together ? 1 : g.channels) * c.stride, (taps_together ? g.kernel_h * g.kernel_w : 1) * c.stride};
    image = dx + (runs.front().source - top() * g.input.width - runs.front().x);
  }
  std::int64_t top() const { return runs.front().y; }
  std::int64_t bottom() const { return runs.back().y + g.kernel_h; }

  const ConvGeometry& g;
  const float* columns;
  std::span<const PixelRun> runs;
  ColumnSteps step;
  float* image;  ///< the group's first channel of the sample in dx
};

/// Row by row of the input: a pixel is read and written once, not once for each tap, but added to in the same order.
/// Channels side by side hide how long an addition takes, and which taps see a row is found once for all of them. Takes
/// the pixels from x on in kChannels at a time of the channels from `channel` on; returns the first that is left.
template <int kStride, int kChannels>
std::int64_t AddByRows(const SampleRuns& sample, std::int64_t x, std::int64_t channel) {
  const ConvGeometry& g = sample.g;
  PixelSums<kStride, kChannels> sums(g, x);
  for (; channel + kChannels <= g.channels; channel += kChannels) {
    const float* columns = sample.columns + channel * sample.step.channel;
    for (std::int64_t y = std::max<std::int64_t>(0, sample.top()); y < std::min(g.input.height, sample.bottom()); ++y) {
      float* to = sample.image + (channel * g.input.height + y) * g.input.width + x;
      std::int64_t run = std::min((y - sample.top()) / g.stride_h, std::ssize(sample.runs) - 1);  // last to see the row
      sums.Load(to);
      for (; run >= 0 && y - sample.runs[run].y < g.kernel_h; --run)
        sums.Add(columns + (y - sample.runs[run].y) * g.kernel_w * sample.step.tap + sample.runs[run].at, sample.step);
      sums.Store(to);
    }
  }
  return channel;
}

/// kStride is the horizontal one.
template <int kStride>
void AddByRows(const SampleRuns& sample) {
  constexpr int kTogether = 4 / kStride;
  for (std::int64_t x = 0; x < sample.g.input.width; x += kStride * static_cast<std::int64_t>(hn::Lanes(Sums())))
    AddByRows<kStride, 1>(sample, x, AddByRows<kStride, kTogether>(sample, x, 0));
}

void AddRuns(const ConvGeometry& g, MatrixView<const float> c, std::span<const PixelRun> runs, float* dx) {
  const bool by_rows = kHasMaskedLoads && g.stride_w <= 2 && g.kernel_w <= TapRow::kMostTaps &&
                       std::ranges::all_of(runs, [&](const PixelRun& run) { return run.length == g.output_w(); });
  if (!by_rows) return AddByTaps(g, c, runs, dx);
  const SampleRuns sample(g, c, runs, dx);
  if (g.stride_w == 1)
    AddByRows<1>(sample);
  else
    AddByRows<2>(sample);
}

void CopyRuns16(const ConvGeometry& g, const std::uint16_t* x, std::span<const PixelRun> runs, Range cols,
                MatrixView<std::uint16_t> out) {
  CopyRuns(g, x, runs, cols, out);
}

void CopyRuns32(const ConvGeometry& g, const float* x, std::span<const PixelRun> runs, Range cols,
                MatrixView<float> out) {
  CopyRuns(g, x, runs, cols, out);
}

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acrtc::reuse {
namespace {

HWY_EXPORT(CopyRuns16);
HWY_EXPORT(CopyRuns32);
HWY_EXPORT(AddRuns);

}  // namespace

std::vector<PixelRun> runs_of(const ConvGeometry& g, Range rows) {
  const std::int64_t width = g.output_w(), height = g.output_h();
  const std::int64_t image = g.input.height * g.input.width;
  std::int64_t ow = rows.begin % width;
  std::int64_t oh = rows.begin / width % height;
  std::int64_t n = rows.begin / (width * height);
  std::vector<PixelRun> runs;
  runs.reserve(static_cast<std::size_t>(rows.size() / width + 2));
  for (std::int64_t at = 0; at < rows.size();) {
    const std::int64_t length = std::min(width - ow, rows.size() - at);
    const std::int64_t y = oh * g.stride_h - g.pad_h, x = ow * g.stride_w - g.pad_w;
    runs.push_back({at, length, y, x, (n * g.input.channels + g.first_channel) * image + y * g.input.width + x});
    at += length;
    ow = 0;
    if (++oh == height) oh = 0, ++n;
  }
  return runs;
}

void copy_runs(const ConvGeometry& g, const float* x, std::span<const PixelRun> runs, Range cols,
               MatrixView<float> out) {
  HWY_DYNAMIC_DISPATCH(CopyRuns32)(g, x, runs, cols, out);
}

void copy_runs(const ConvGeometry& g, const std::uint16_t* x, std::span<const PixelRun> runs, Range cols,
               MatrixView<std::uint16_t> out) {
  HWY_DYNAMIC_DISPATCH(CopyRuns16)(g, x, runs, cols, out);
}

void add_runs(const ConvGeometry& g, MatrixView<const float> c, std::span<const PixelRun> runs, float* dx) {
  HWY_DYNAMIC_DISPATCH(AddRuns)(g, c, runs, dx);
}

}  // namespace acrtc::reuse
#endif  // HWY_ONCE
