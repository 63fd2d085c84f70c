// Rows of planes into grids and back, see PoolingPlan. For Highway's targets, one at a time.

#if defined(ACRTC_NETWORK_POOLING_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ACRTC_NETWORK_POOLING_ROWS_INL_H_
#undef ACRTC_NETWORK_POOLING_ROWS_INL_H_
#else
#define ACRTC_NETWORK_POOLING_ROWS_INL_H_
#endif

#include <algorithm>
#include <span>

#include "pooling_plan.hpp"
#include "pooling_vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::network::HWY_NAMESPACE {
using Image = PoolingPlan::Image;

/// Calls body(a row's numbers, where its phase and it lie in grids that are `phase_step` apart) for all rows of some
/// planes.
template <class T, class Body>
HWY_INLINE void ForRows(const PoolingPlan& plan, const Image& image, std::int64_t planes, T* numbers,
                        std::int64_t phase_step, Body body) {
  const std::int64_t height = image.height, width = image.width, pitch = plan.pitch, step = plan.step();
  const std::int64_t first_phase = image.pad_h % image.stride_h * phase_step;
  const std::int64_t last_phase = (image.stride_h - 1) * phase_step;
  const std::int64_t first = image.pad_h / image.stride_h * pitch;
  for (std::int64_t i = 0; i < planes; ++i) {
    std::int64_t phase = first_phase, at = i * step + first;
    for (std::int64_t y = 0; y < height; ++y, numbers += width) {
      body(numbers, phase, at);
      const bool is_last = phase == last_phase;
      phase = is_last ? 0 : phase + phase_step;
      at += is_last ? pitch : 0;
    }
  }
}

/// What is stored of a row's last vector: some lanes, then what lies outside an image. By And and Or: compilers make
/// masked loads of selections, which for 16-bit lanes are many times slower (Zen 4 and 5).
template <class D>
class RowEnd {
 public:
  RowEnd(std::int64_t kept, hn::Vec<D> outside) {
    const hn::RebindToUnsigned<D> du;
    keep_ = hn::BitCast(D(), hn::VecFromMask(du, hn::FirstN(du, static_cast<std::size_t>(kept))));
    outside_ = hn::AndNot(keep_, outside);
  }

  hn::Vec<D> operator()(hn::Vec<D> values) const { return hn::Or(hn::And(values, keep_), outside_); }

 private:
  hn::Vec<D> keep_, outside_;
};

/// The last place behind which there are so many numbers; where there are none, one before all.
template <class T>
T* LastWhole(std::span<T> numbers, std::int64_t size) {
  return std::ssize(numbers) < size ? nullptr : numbers.data() + (std::ssize(numbers) - size);
}

/// Planes into grids, from the first number of `from` on, which goes on to the tensor's end. Whole vectors are stored:
/// what lies outside an image goes behind each row, where the next row lies, or padding.
template <class Kind, std::int64_t stride, class D, class T>
void SpreadBy(D d, const PoolingPlan& plan, const Image& image, std::int64_t planes, std::span<const T> from,
              typename Kind::Lane* grids) {
  const std::int64_t lanes = LanesOf(d), width = image.width, grid = plan.grid;
  const std::int64_t last = (ceil_div(width, stride) - 1) / lanes * lanes, read = stride * (last + lanes);
  const auto outside = hn::Set(d, Kind::kOutside);
  const RowEnd<D> even_end(ceil_div(width, stride) - last, outside), odd_end(width / stride - last, outside);
  const std::int64_t even = image.pad_w % stride * grid + image.pad_w / stride;
  const std::int64_t odd = (image.pad_w + 1) % stride * grid + (image.pad_w + 1) / stride;
  AlignedBuffer<T> copy;  // of rows at the tensor's end
  const T* const safe = LastWhole(from, read);
  auto *const evens = grids + even, *const odds = grids + odd;
  ForRows(plan, image, planes, from.data(), stride * grid,
          [=, &copy](const T* numbers, std::int64_t phase, std::int64_t at) {
            if (HWY_UNLIKELY(numbers > safe)) {
              copy.reserve(static_cast<std::size_t>(read));
              numbers = std::copy_n(numbers, width, copy.data()) - width;
            }
            if constexpr (stride == 1) {
              for (std::int64_t x = 0; x < last; x += lanes)
                hn::StoreU(Kind::Load(d, numbers + x), d, evens + phase + at + x);
              hn::StoreU(even_end(Kind::Load(d, numbers + last)), d, evens + phase + at + last);
              return;
            }
            for (std::int64_t x = 0; x < last; x += lanes) {
              const auto low = Kind::Load(d, numbers + 2 * x), high = Kind::Load(d, numbers + 2 * x + lanes);
              hn::StoreU(hn::ConcatEven(d, high, low), d, evens + phase + at + x);
              hn::StoreU(hn::ConcatOdd(d, high, low), d, odds + phase + at + x);
            }
            const auto low = Kind::Load(d, numbers + 2 * last), high = Kind::Load(d, numbers + 2 * last + lanes);
            hn::StoreU(even_end(hn::ConcatEven(d, high, low)), d, evens + phase + at + last);
            hn::StoreU(odd_end(hn::ConcatOdd(d, high, low)), d, odds + phase + at + last);
          });
}

template <class Kind, class T>
void Spread(const PoolingPlan& plan, const Image& image, std::int64_t planes, std::span<const T> from,
            typename Kind::Lane* grids) {
  WithVectors<typename Kind::Lane>(ceil_div(image.width, image.stride_w), [&](auto d) {
    if (image.stride_w == 1)
      SpreadBy<Kind, 1>(d, plan, image, planes, from, grids);
    else
      SpreadBy<Kind, 2>(d, plan, image, planes, from, grids);
  });
}

/// Grids, those of a row's phases by turns, into planes, from the first number of `to` on, which goes on to the end of
/// what may be written.
template <class D, class T>
void PackBy(D d, const PoolingPlan& plan, const Image& image, std::int64_t planes, const T* grids, std::span<T> to) {
  using Lane = hn::TFromD<D>;
  const std::int64_t lanes = LanesOf(d), width = image.width, stride = image.stride_w, grid = plan.grid;
  const std::int64_t written = round_up(width, lanes);
  const T* const safe = LastWhole(to, written);
  grids += image.pad_w;
  ForRows(plan, image, planes, to.data(), stride * grid, [=](T* room, std::int64_t phase, std::int64_t at) {
    const T* const numbers = grids + phase + stride * at;
    if (HWY_UNLIKELY(room > safe)) {
      std::copy_n(numbers, width, room);
      return;
    }
    for (std::int64_t x = 0; x < width; x += lanes)
      hn::StoreU(hn::LoadU(d, reinterpret_cast<const Lane*>(numbers + x)), d, reinterpret_cast<Lane*>(room + x));
  });
}

template <class T>
void Pack(const PoolingPlan& plan, const Image& image, std::int64_t planes, const T* grids, std::span<T> to) {
  WithVectors<typename Keys<T>::Lane>(image.width, [&](auto d) { PackBy(d, plan, image, planes, grids, to); });
}

}  // namespace acrtc::network::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // ACRTC_NETWORK_POOLING_ROWS_INL_H_
