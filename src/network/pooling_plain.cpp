#include <hwy/highway.h>

#include <algorithm>

#include "acrtc/base/integer.hpp"
#include "acrtc/base/tensor.hpp"
#include "pooling_kernels.hpp"

namespace acrtc::network {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Kind = PoolingSpec::Kind;

// A number of each of some planes, in short vectors as every CPU has them: none waits for the additions of another.
constexpr std::int64_t together = 16, lanes = 4, vectors = together / lanes;
constexpr hn::FixedTag<float, lanes> numbers;
constexpr hn::FixedTag<std::int32_t, lanes> integers;
using Numbers = hn::Vec<decltype(numbers)>;

/// Some planes of a tensor by pixel: numbers of the first four planes, then those of the next four.
class SideBySide {
 public:
  explicit SideBySide(std::int64_t size) : size_(size), by_pixel_(room()), by_plane_(room()) {
    std::ranges::fill(by_plane_.span(), 0.0F);
  }

  float* at(std::int64_t vector, std::int64_t pixel) { return by_pixel_.data() + (vector * pitch() + pixel) * lanes; }
  Numbers load(std::int64_t vector, std::int64_t pixel) { return hn::Load(numbers, at(vector, pixel)); }
  void store(std::int64_t vector, std::int64_t pixel, Numbers all) { hn::Store(all, numbers, at(vector, pixel)); }
  void clear() { std::ranges::fill(by_pixel_.span(), 0.0F); }

  void read(reuse::ConstValues tensor, Range planes) {
    reuse::widen(tensor.part(planes.begin * size_, planes.size() * size_), by_plane_.data());
    for (std::int64_t v = 0; v < vectors; ++v)
      for (std::int64_t pixel = 0; pixel < size_; pixel += lanes) {
        const auto row = [&](std::int64_t i) { return hn::LoadU(numbers, plane(v * lanes + i) + pixel); };
        hn::StoreInterleaved4(row(0), row(1), row(2), row(3), numbers, at(v, pixel));
      }
  }
  void write(reuse::Values tensor, Range planes) {
    for (std::int64_t v = 0; v < vectors; ++v)  // backwards: the next plane lies where rows end that are too long
      for (std::int64_t pixel = pitch() - lanes; pixel >= 0; pixel -= lanes) {
        Numbers rows[lanes];
        hn::LoadInterleaved4(numbers, at(v, pixel), rows[0], rows[1], rows[2], rows[3]);
        for (std::int64_t i = 0; i < lanes; ++i) hn::StoreU(rows[i], numbers, plane(v * lanes + i) + pixel);
      }
    reuse::round_into(by_plane_.data(), tensor.part(planes.begin * size_, planes.size() * size_));
  }

 private:
  std::int64_t pitch() const { return round_up(size_, lanes); }
  std::size_t room() const { return static_cast<std::size_t>(pitch() * together); }
  float* plane(std::int64_t i) { return by_plane_.data() + i * size_; }

  std::int64_t size_;
  AlignedBuffer<float> by_pixel_, by_plane_;
};

/// Calls body(some, side by side) for planes, in order.
template <class Body>
void for_some(Range planes, Body body) {
  for (std::int64_t begin = planes.begin; begin < planes.end; begin += together)
    body(Range{begin, std::min(begin + together, planes.end)});
}

/// Calls body(output, its window's rows and columns inside the image) for all outputs of a plane.
template <class Body>
void for_windows(const PoolingSpec& spec, Body body) {
  const auto& [kind, input, output, w] = spec;
  const auto inside = [](std::int64_t begin, std::int64_t kernel, std::int64_t extent) {
    return Range{std::max<std::int64_t>(begin, 0), std::min(begin + kernel, extent)};
  };
  for (std::int64_t y = 0; y < output.height; ++y)
    for (std::int64_t x = 0; x < output.width; ++x)
      body(y * output.width + x, inside(y * w.stride_h - w.pad_h, w.kernel_h, input.height),
           inside(x * w.stride_w - w.pad_w, w.kernel_w, input.width));
}

/// Calls body(vector, pixel) for all pixels of a window, in order.
template <class Body>
void for_pixels(const PoolingSpec& spec, Range rows, Range columns, Body body) {
  for (std::int64_t y = rows.begin; y < rows.end; ++y)
    for (std::int64_t x = columns.begin; x < columns.end; ++x)
      for (std::int64_t v = 0; v < vectors; ++v) body(v, y * spec.input.width + x);
}

/// What divides a window's sum.
Numbers count(Range rows, Range columns) { return hn::Set(numbers, static_cast<float>(rows.size() * columns.size())); }

/// Winners are pixels, by planes side by side and output.
void pool(const PoolingSpec& spec, Range planes, reuse::ConstValues x, reuse::Values y, std::int32_t* winners) {
  SideBySide in(spec.input_plane()), out(spec.output_plane());
  for_some(planes, [&](Range some) {
    in.read(x, some);
    for_windows(spec, [&](std::int64_t output, Range rows, Range columns) {
      Numbers results[vectors];
      if (spec.kind == Kind::average) {
        for (Numbers& sum : results) sum = hn::Zero(numbers);
        for_pixels(spec, rows, columns,
                   [&](std::int64_t v, std::int64_t pixel) { results[v] = hn::Add(results[v], in.load(v, pixel)); });
        for (std::int64_t v = 0; v < vectors; ++v) out.store(v, output, hn::Div(results[v], count(rows, columns)));
        return;
      }
      hn::Vec<decltype(integers)> winner[vectors];
      const std::int64_t first = rows.begin * spec.input.width + columns.begin;
      for (std::int64_t v = 0; v < vectors; ++v) {
        results[v] = in.load(v, first);
        winner[v] = hn::Set(integers, static_cast<std::int32_t>(first));
      }
      for_pixels(spec, rows, columns, [&](std::int64_t v, std::int64_t pixel) {
        const auto value = in.load(v, pixel), largest = results[v];
        const auto stays = hn::Or(hn::Le(value, largest), hn::IsNaN(largest));  // a NaN is larger than any number
        results[v] = hn::IfThenElse(stays, largest, value);
        winner[v] = hn::IfThenElse(hn::RebindMask(integers, stays), winner[v],
                                   hn::Set(integers, static_cast<std::int32_t>(pixel)));
      });
      std::int32_t* won = winners + some.begin * spec.output_plane() + output * together;
      for (std::int64_t v = 0; v < vectors; ++v) {
        out.store(v, output, results[v]);
        hn::Store(winner[v], integers, won + v * lanes);
      }
    });
    out.write(y, some);
  });
}

void differentiate(const PoolingSpec& spec, Range planes, const std::int32_t* winners, reuse::ConstValues dy,
                   reuse::Values dx) {
  SideBySide in(spec.input_plane()), out(spec.output_plane());
  for_some(planes, [&](Range some) {
    out.read(dy, some);
    in.clear();
    for_windows(spec, [&](std::int64_t output, Range rows, Range columns) {
      if (spec.kind == Kind::average) {
        Numbers shares[vectors];
        for (std::int64_t v = 0; v < vectors; ++v) shares[v] = hn::Div(out.load(v, output), count(rows, columns));
        for_pixels(spec, rows, columns, [&](std::int64_t v, std::int64_t pixel) {
          in.store(v, pixel, hn::Add(in.load(v, pixel), shares[v]));
        });
      } else {
        const std::int32_t* won = winners + some.begin * spec.output_plane() + output * together;
        for (std::int64_t i = 0; i < together; ++i)
          in.at(i / lanes, won[i])[i % lanes] += out.at(i / lanes, output)[i % lanes];
      }
    });
    in.write(dx, some);
  });
}

class Plain : public PoolingKernel {
 public:
  explicit Plain(const PoolingSpec& spec) : spec_(spec) {}

  std::int64_t planes_together() const override { return together; }
  std::int64_t winner_bytes(std::int64_t planes) const override {
    return round_up(planes, together) * spec_.output_plane() * static_cast<std::int64_t>(sizeof(std::int32_t));
  }

  void forward(Range planes, reuse::ConstValues x, reuse::Values y, std::byte* winners) const override {
    pool(spec_, planes, x, y, reinterpret_cast<std::int32_t*>(winners));
  }
  void backward(Range planes, const std::byte* winners, reuse::ConstValues dy, reuse::Values dx) const override {
    differentiate(spec_, planes, reinterpret_cast<const std::int32_t*>(winners), dy, dx);
  }

 private:
  PoolingSpec spec_;
};

}  // namespace

std::unique_ptr<PoolingKernel> pooling_plain(const PoolingSpec& spec) { return std::make_unique<Plain>(spec); }

}  // namespace acrtc::network
