#include "reuse/shifted_planes.hpp"

#include <algorithm>

#include "acrtc/base/integer.hpp"
#include "reuse/copy_pieces.hpp"
#include "reuse/padded_row.hpp"
#include "reuse/pixel_runs.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reuse/shifted_planes.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
// A header for each target follows the one that goes through them.
#include "reuse/part_vector-inl.h"

#ifndef ACRTC_REUSE_BAND_TO_FILL
#define ACRTC_REUSE_BAND_TO_FILL
namespace acrtc::reuse {

/// Rows of the planes of some channels of one sample.
template <class T>
struct BandToFill {
  const T *x, *x_end;  ///< the whole tensor: vectors must not leave it
  const T* image;      ///< the first channel
  std::int64_t channels;
  T* out;                    ///< [channels, horizontal taps, phases, rows, width]
  std::int64_t rows, width;  ///< of a plane
  std::int64_t phases;       ///< rows that a vertical stride visits apart
  std::int64_t top;          ///< the input row that the first phase begins with; may lie in the padding
};

}  // namespace acrtc::reuse
#endif

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// What the planes of one horizontal tap and phase have in common, whichever the channel.
struct PlaneShape {
  std::int64_t rows, width;
  std::int64_t first;  ///< what the first pixel sees, from the channel's first on; may lie in the padding
  std::int64_t step;   ///< from what a row's first pixel sees to what the next row's sees
  Range image;         ///< rows that see the image, not the padding above and below
  Range inside;        ///< pixels of a row that see the image, not the padding beside it
};

template <class T>
std::vector<PlaneShape> ShapesOf(const ConvGeometry& g, const BandToFill<T>& band) {
  std::vector<PlaneShape> shapes;
  shapes.reserve(static_cast<std::size_t>(g.kernel_w * band.phases));
  for (std::int64_t tap = 0; tap < g.kernel_w; ++tap)
    for (std::int64_t phase = 0; phase < band.phases; ++phase) {
      const std::int64_t left = tap - g.pad_w, top = band.top + phase;
      const auto rows_above = [&](std::int64_t y) {  // of input row y
        return std::clamp<std::int64_t>((y - top + g.stride_h - 1) / g.stride_h, 0, band.rows);
      };
      shapes.push_back({.rows = band.rows,
                        .width = band.width,
                        .first = top * g.input.width + left,
                        .step = g.stride_h * g.input.width,
                        .image = {top < 0 ? rows_above(0) : 0, rows_above(std::max(g.input.height, top))},
                        .inside = inside_image(g, left, band.width)});
    }
  return shapes;
}

/// Where input rows are as long as output rows and vectors hold whole ones, a plane is the image moved by a few
/// elements: vectors run through all rows at once. False where they would leave the tensor.
template <class T>
bool CopyTogether(const PlaneShape& shape, const BandToFill<T>& band, const T* image, T* to) {
  const hn::ScalableTag<T> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  using U = hn::TFromD<decltype(du)>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const T* from = image + (shape.first + shape.image.begin * shape.step);
  const std::int64_t size = shape.image.size() * shape.width;
  if (from < band.x || band.x_end - from < round_up(size, lanes)) return false;
  const auto pixel = hn::And(hn::Iota(du, 0), hn::Set(du, static_cast<U>(shape.width - 1)));
  const auto seen = hn::AndNot(hn::Lt(pixel, hn::Set(du, static_cast<U>(shape.inside.begin))),
                               hn::Lt(pixel, hn::Set(du, static_cast<U>(shape.inside.end))));
  const auto keep = hn::BitCast(d, hn::VecFromMask(du, seen));
  to += shape.image.begin * shape.width;
  for (std::int64_t i = 0; i < size; i += lanes) hn::StoreU(hn::And(keep, hn::LoadU(d, from + i)), d, to + i);
  return true;
}

/// Every kStride-th of the elements from `from` on.
template <int kStride, class D>
HWY_INLINE hn::Vec<D> LoadStrided(D d, const hn::TFromD<D>* from) {
  if constexpr (kStride == 1) {
    return hn::LoadU(d, from);
  } else if constexpr (kStride == 3) {
    hn::Vec<D> first, second, third;
    hn::LoadInterleaved3(d, from, first, second, third);
    return first;
  } else {
    static_assert(kStride == 2 || kStride == 4);
    const auto lower = LoadStrided<kStride / 2>(d, from);
    return hn::ConcatEven(d, LoadStrided<kStride / 2>(d, from + kStride / 2 * hn::Lanes(d)), lower);
  }
}

/// Rows of whole vectors, the padding cleared in the register, by And: compilers make masked loads of selections, which
/// for 16-bit lanes are many times slower (Zen 4 and 5). A row's last vectors come first, as what they spill belongs to
/// the next row's first.
template <int kStride, class D, class T>
void CopyRows(D d, const PlaneShape& shape, const T* from, std::int64_t rows, T* to) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto first = [&](std::int64_t n) { return hn::VecFromMask(d, FirstLanes(d, n)); };
  const std::int64_t step = shape.step, width = shape.width;  // copies, which no vector can be stored over
  for (std::int64_t i = (width - 1) / lanes * lanes; i >= 0; i -= lanes) {
    const auto keep = hn::AndNot(first(shape.inside.begin - i), first(shape.inside.end - i));
    const T* from_row = from + i * kStride;
    T* to_row = to + i;
    for (std::int64_t r = 0; r < rows; ++r, from_row += step, to_row += width)
      hn::StoreU(hn::And(keep, LoadStrided<kStride>(d, from_row)), d, to_row);
  }
}

/// Row by row: vectors where the stride allows and where they do not leave the tensor, elsewhere pixel by pixel.
template <class D, class T>
void CopyApart(D d, const ConvGeometry& g, const PlaneShape& shape, const BandToFill<T>& band, const T* image, T* to) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t touched = round_up(shape.width, lanes) * g.stride_w;
  const auto row = [&](std::int64_t r) { return image + (shape.first + r * shape.step); };
  Range whole = g.stride_w <= 4 ? shape.image : Range{shape.image.end, shape.image.end};
  while (whole.size() > 0 && row(whole.begin) < band.x) ++whole.begin;
  while (whole.size() > 0 && band.x_end - row(whole.end - 1) < touched) --whole.end;
  const auto singly = [&](Range rows) {
    for (std::int64_t r = rows.begin; r < rows.end; ++r)
      copy_padded(row(r), g.stride_w, shape.inside, shape.width, to + r * shape.width);
  };
  singly({shape.image.begin, whole.begin});
  T* to_whole = to + whole.begin * shape.width;
  if (g.stride_w == 1)
    CopyRows<1>(d, shape, row(whole.begin), whole.size(), to_whole);
  else if (g.stride_w == 2)
    CopyRows<2>(d, shape, row(whole.begin), whole.size(), to_whole);
  else if (g.stride_w == 3)
    CopyRows<3>(d, shape, row(whole.begin), whole.size(), to_whole);
  else
    CopyRows<4>(d, shape, row(whole.begin), whole.size(), to_whole);
  singly({whole.end, shape.image.end});
}

/// Whole vectors: what they spill is written later.
template <class D, class T>
void Clear(D d, Range rows, std::int64_t width, T* to) {
  for (std::int64_t i = rows.begin * width; i < rows.end * width; i += static_cast<std::int64_t>(hn::Lanes(d)))
    hn::StoreU(hn::Zero(d), d, to + i);
}

/// Asks for what the planes of a channel see, which is read soon.
template <class T>
HWY_INLINE void FetchRows(const ConvGeometry& g, const BandToFill<T>& band, const T* image) {
  constexpr std::int64_t kLine = 64 / sizeof(T);
  const std::int64_t begin = std::max<std::int64_t>(band.top, 0) * g.input.width;
  const std::int64_t end =
      std::min(band.top + (band.rows - 1) * g.stride_h + band.phases, g.input.height) * g.input.width;
  for (std::int64_t i = begin; i < end; i += kLine) hwy::Prefetch(image + i);
}

template <class D, class T>
void FillBand(D d, const ConvGeometry& g, const BandToFill<T>& band) {
  const bool together = g.stride_h == 1 && g.stride_w == 1 && g.input.width == band.width &&
                        static_cast<std::int64_t>(hn::Lanes(hn::ScalableTag<T>())) % band.width == 0;
  const std::vector<PlaneShape> shapes = ShapesOf(g, band);
  const T* image = band.image;
  T* to = band.out;
  const std::int64_t channel = g.input.height * g.input.width;
  for (std::int64_t c = 0; c < band.channels; ++c, image += channel) {
    if (c + 1 < band.channels) FetchRows(g, band, image + channel);
    for (const PlaneShape& shape : shapes) {
      Clear(d, {0, shape.image.begin}, shape.width, to);
      if (!together || !CopyTogether(shape, band, image, to)) CopyApart(d, g, shape, band, image, to);
      Clear(d, {shape.image.end, shape.rows}, shape.width, to);
      to += shape.rows * shape.width;
    }
  }
}

/// Vectors no wider than rows, so that little is written twice.
template <class T>
void FillBand(const ConvGeometry& g, const BandToFill<T>& band) {
  if (band.width <= 8) return FillBand(hn::CappedTag<T, 8>(), g, band);
  if (band.width <= 16) return FillBand(hn::CappedTag<T, 16>(), g, band);
  FillBand(hn::ScalableTag<T>(), g, band);
}

void FillBand16(const ConvGeometry& g, const BandToFill<std::uint16_t>& band) { FillBand(g, band); }
void FillBand32(const ConvGeometry& g, const BandToFill<float>& band) { FillBand(g, band); }

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acrtc::reuse {
namespace {

HWY_EXPORT(FillBand16);
HWY_EXPORT(FillBand32);

void fill_band(const ConvGeometry& g, const BandToFill<std::uint16_t>& band) {
  HWY_DYNAMIC_DISPATCH(FillBand16)(g, band);
}

void fill_band(const ConvGeometry& g, const BandToFill<float>& band) { HWY_DYNAMIC_DISPATCH(FillBand32)(g, band); }

/// Rows of one sample's input that a vertical stride visits apart; those that no tap sees are left out.
std::int64_t phases(const ConvGeometry& g) { return std::min(g.stride_h, g.kernel_h); }

/// Rows that the taps of one phase see of so many output rows.
std::int64_t plane_rows(const ConvGeometry& g, std::int64_t output_rows) {
  return output_rows + (g.kernel_h - 1) / g.stride_h;
}

Range channels_of(const ConvGeometry& g, Range columns) {
  if (g.order != ColumnOrder::ckhkw) return {0, g.channels};
  const std::int64_t taps = g.kernel_h * g.kernel_w;
  return {columns.begin / taps, ceil_div(columns.end, taps)};
}

std::int64_t band_size(const ConvGeometry& g, Range columns, std::int64_t output_rows) {
  return channels_of(g, columns).size() * g.kernel_w * phases(g) * plane_rows(g, output_rows) * g.output_w();
}

/// The output rows that hold pixels of a sample.
Range rows_around(const ConvGeometry& g, Range pixels) {
  return {pixels.begin / g.output_w(), ceil_div(pixels.end, g.output_w())};
}

}  // namespace

template <class T>
bool ShiftedPlanes<T>::fit(const ConvGeometry& g, Range rows, Range columns) {
  std::int64_t size = 0;
  for_each_sample(g, rows,
                  [&](std::int64_t, Range pixels) { size += band_size(g, columns, rows_around(g, pixels).size()); });
  return size < rows.size() * columns.size();
}

template <class T>
std::int64_t ShiftedPlanes<T>::elements_of_band(const ConvGeometry& g, std::int64_t output_rows) {
  return band_size(g, {0, g.columns()}, output_rows);
}

template <class T>
void ShiftedPlanes<T>::load(const T* x, Range rows, Range columns) {
  bands_.clear();
  used_ = 0;
  std::int64_t pixel = 0;
  for_each_sample(geometry_, rows, [&](std::int64_t sample, Range pixels) {
    const Range around = rows_around(geometry_, pixels);
    bands_.push_back({.sample = sample,
                      .rows = around,
                      .pixels = {pixel, pixel + pixels.size()},
                      .at = used_ + (pixels.begin - around.begin * geometry_.output_w()),
                      .taps = taps(columns, around.size())});
    pixel += pixels.size();
    used_ += band_size(geometry_, columns, around.size());
  });
  values_.reserve(static_cast<std::size_t>(used_ + slack));
  T* to = values_.data();
  for (const Band& band : bands_) {
    fill(x, band, columns, to);
    to += band_size(geometry_, columns, band.rows.size());
  }
}

template <class T>
void ShiftedPlanes<T>::fill(const T* x, const Band& band, Range columns, T* to) {
  const ConvGeometry& g = geometry_;
  const Range channels = channels_of(g, columns);
  const std::int64_t first = band.sample * g.input.channels + g.first_channel + channels.begin;
  fill_band(g, BandToFill<T>{.x = x,
                             .x_end = x + g.samples * g.input.elements(),
                             .image = x + first * g.input.height * g.input.width,
                             .channels = channels.size(),
                             .out = to,
                             .rows = plane_rows(g, band.rows.size()),
                             .width = g.output_w(),
                             .phases = phases(g),
                             .top = band.rows.begin * g.stride_h - g.pad_h});
}

template <class T>
void ShiftedPlanes<T>::copy(Range pixels, Range columns, MatrixView<T> out) const {
  for (const Band& band : bands_) {
    const Range part{std::max(pixels.begin, band.pixels.begin), std::min(pixels.end, band.pixels.end)};
    if (part.size() <= 0) continue;
    T* to = out.data + (part.begin - pixels.begin);
    copy_pieces(values_.data() + band.at + (part.begin - band.pixels.begin),
                band.taps.subspan(columns.begin, columns.size()), part.size(),
                MatrixView<T>{to, columns.size(), part.size(), out.stride});
  }
}

template <class T>
std::span<const std::int64_t> ShiftedPlanes<T>::taps(Range columns, std::int64_t output_rows) {
  auto& taps = taps_[{columns.begin, columns.end, output_rows}];
  if (!taps.empty()) return taps;
  const ConvGeometry& g = geometry_;
  const std::int64_t plane = plane_rows(g, output_rows) * g.output_w();
  std::vector<std::int64_t> of_first_channel;
  for (std::int64_t y = 0; y < g.kernel_h; ++y)
    for (std::int64_t x = 0; x < g.kernel_w; ++x)
      of_first_channel.push_back((x * phases(g) + y % g.stride_h) * plane + y / g.stride_h * g.output_w());
  const std::int64_t first = channels_of(g, columns).begin, channel = g.kernel_w * phases(g) * plane;
  taps.reserve(static_cast<std::size_t>(columns.size()));
  ColumnTap tap = column_tap(g, columns.begin);
  for (std::int64_t k = columns.begin; k < columns.end; ++k, advance(g, tap))
    taps.push_back((tap.channel - first) * channel + of_first_channel[tap.kernel_y * g.kernel_w + tap.kernel_x]);
  return taps;
}

template class ShiftedPlanes<std::uint16_t>;
template class ShiftedPlanes<float>;

}  // namespace acrtc::reuse
#endif  // HWY_ONCE
