#include <algorithm>
#include <span>

#include "acrtc/base/integer.hpp"
#include "acrtc/base/tensor.hpp"
#include "network/pooling_kernels.hpp"
#include "network/pooling_plan.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "network/pooling_grids.cpp"
#include <hwy/foreach_target.h>
// A header for each target follows the one that goes through them.
#include "network/pooling_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::network::HWY_NAMESPACE {

using reuse::ConstValues;
using reuse::Values;
using Origins = std::vector<PoolingPlan::Origin>;

/// Calls body(first lane) for vectors, so many at once, over the planes of a grid.
template <class D, class Body>
HWY_INLINE void ForLanes(D d, const PoolingPlan& plan, std::int64_t planes, std::int64_t vectors, Body body) {
  for (std::int64_t at = 0; at < planes * plan.step(); at += vectors * LanesOf(d)) body(at);
}

constexpr std::int64_t kVectors = 2;  // at once: what one does is a tenth slower

/// The largest of what the taps see, and the first tap that sees it.
template <class T, class K>
void Maxima(const PoolingPlan& plan, std::int64_t planes, const K* grids, T* results, std::uint8_t* winners) {
  const hn::ScalableTag<K> d;
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  const std::int64_t lanes = LanesOf(d);
  ForLanes(d, plan, planes, kVectors, [&](std::int64_t at) {
    hn::Vec<decltype(d)> largest[kVectors], winner[kVectors], tap = hn::Zero(d);
    for (std::int64_t v = 0; v < kVectors; ++v) {
      largest[v] = hn::LoadU(d, grids + plan.seen[0] + at + v * lanes);
      winner[v] = tap;
    }
    for (std::size_t t = 1; t < plan.seen.size(); ++t) {
      tap = hn::Add(tap, hn::Set(d, 1));
      for (std::int64_t v = 0; v < kVectors; ++v) {
        const auto seen = hn::LoadU(d, grids + plan.seen[t] + at + v * lanes);
        winner[v] = hn::IfThenElse(hn::Gt(seen, largest[v]), tap, winner[v]);
        largest[v] = hn::Max(largest[v], seen);
      }
    }
    for (std::int64_t v = 0; v < kVectors; ++v) {
      Keys<T>::Store(d, largest[v], results + at + v * lanes);
      const auto taps = hn::BitCast(hn::RebindToUnsigned<decltype(d)>(), winner[v]);
      hn::StoreU(hn::TruncateTo(bytes, taps), bytes, winners + at + v * lanes);
    }
  });
}

/// The means of what the taps see inside the image.
template <class T, reuse::Format kFormat>
void Means(const PoolingPlan& plan, std::int64_t planes, const float* grids, Sink<T, kFormat> results) {
  const F32 d;
  const std::int64_t lanes = LanesOf(d);
  ForLanes(d, plan, planes, kVectors, [&](std::int64_t at) {
    Numbers sums[kVectors];
    for (Numbers& sum : sums) sum = hn::Zero(d);
    for (const std::int64_t seen : plan.seen)
      for (std::int64_t v = 0; v < kVectors; ++v)
        sums[v] = hn::Add(sums[v], hn::LoadU(d, grids + seen + at + v * lanes));
    for (std::int64_t v = 0; v < kVectors; ++v)
      results.Store(hn::Div(sums[v], hn::LoadU(d, plan.counts.data() + at + v * lanes)), at + v * lanes);
  });
}

/// The sums over the origins of inputs, kCount vectors of them.
template <std::int64_t kCount, class Add>
HWY_INLINE void SumOver(const Origins& origins, std::int64_t at, const Add& add, Numbers* sums) {
  for (std::int64_t v = 0; v < kCount; ++v) sums[v] = hn::Zero(F32());
  for (const auto& [before, tap] : origins)
    for (std::int64_t v = 0; v < kCount; ++v) sums[v] = hn::Add(sums[v], add(at - before + v * LanesOf(F32()), tap));
}

/// Gradients of inputs, those of a row's phases by turns: sums of add(output, tap) over an input's origins.
template <class T, reuse::Format kFormat, class Add>
void Gather(const PoolingPlan& plan, std::int64_t planes, Sink<T, kFormat> results, Add add) {
  const F32 d;
  const std::int64_t stride = plan.inputs.stride_w;
  Numbers sums[kVectors];
  for (std::int64_t y = 0; y < plan.inputs.stride_h; ++y) {
    const Origins* origins = &plan.origins[static_cast<std::size_t>(y * stride)];
    const auto to = results.From(y * stride * plan.grid);
    if (stride == 1)
      ForLanes(d, plan, planes, kVectors, [&](std::int64_t at) {
        SumOver<kVectors>(origins[0], at, add, sums);
        for (std::int64_t v = 0; v < kVectors; ++v) to.Store(sums[v], at + v * LanesOf(d));
      });
    else
      ForLanes(d, plan, planes, 1, [&](std::int64_t at) {
        SumOver<1>(origins[0], at, add, sums);
        SumOver<1>(origins[1], at, add, sums + 1);
        StorePairs<kFormat>(sums[0], sums[1], to.to + 2 * at);
      });
  }
}

template <class T>
AlignedBuffer<T> Filled(std::int64_t size, T value) {
  AlignedBuffer<T> all(static_cast<std::size_t>(size));
  std::ranges::fill(all.span(), value);
  return all;
}

/// Calls body(those that one grid holds) for planes, in order.
template <class Body>
void ForGrids(const PoolingPlan& plan, Range planes, Body body) {
  for (std::int64_t begin = planes.begin; begin < planes.end; begin += plan.together)
    body(Range{begin, std::min(begin + plan.together, planes.end)});
}

/// Of a tensor of planes like `image`, those from `begin` up to `end`.
template <class T>
std::span<T> Planes(const Image& image, T* tensor, std::int64_t begin, std::int64_t end) {
  const std::int64_t size = image.height * image.width;
  return {tensor + begin * size, tensor + end * size};
}

/// Pools planes by pool(those that one grid holds, grids, results).
template <class Kind, class T, class Pool>
void PoolPlanes(const PoolingPlan& plan, Range all, const ConstValues& x, T* y, Pool pool) {
  auto grids = Filled(plan.phases() * plan.grid, Kind::kOutside);
  AlignedBuffer<T> results(static_cast<std::size_t>(plan.grid));
  const std::int64_t last = x.size / (plan.inputs.height * plan.inputs.width);
  ForGrids(plan, all, [&](Range planes) {
    Spread<Kind>(plan, plan.inputs, planes.size(), Planes(plan.inputs, x.as<T>(), planes.begin, last), grids.data());
    pool(planes, grids.data(), results.data());
    Pack(plan, plan.outputs, planes.size(), results.data(), Planes(plan.outputs, y, planes.begin, all.end));
  });
}

void PoolGrids(const PoolingPlan& plan, Range all, const ConstValues& x, const Values& y, std::uint8_t* winners) {
  if (plan.counts.empty())
    return WithElements(x, [&]<class T>(const T*) {
      PoolPlanes<Keys<T>>(plan, all, x, y.as<T>(), [&](Range planes, const auto* grids, auto* results) {
        Maxima(plan, planes.size(), grids, results, winners + plan.winners_at(planes.begin));
      });
    });
  WithSink(y, [&]<class T, reuse::Format kFormat>(Sink<T, kFormat> sink) {
    PoolPlanes<Terms<T>>(plan, all, x, sink.to, [&](Range planes, const float* grids, T* results) {
      Means(plan, planes.size(), grids, Sink<T, kFormat>{results});
    });
  });
}

template <class T, reuse::Format kFormat>
void DifferentiatePlanes(const PoolingPlan& plan, Range all, const std::uint8_t* winners, const ConstValues& dy,
                         Sink<T, kFormat> dx) {
  const F32 d;
  const hn::RebindToSigned<F32> integers;
  auto gradients = Filled(plan.reach + plan.grid, 0.0F);
  float* const grid = gradients.data() + plan.reach;
  AlignedBuffer<T> buffer(static_cast<std::size_t>(plan.phases() * plan.grid));
  const Sink<T, kFormat> results{buffer.data()};
  const std::int64_t last = dy.size / (plan.outputs.height * plan.outputs.width);
  ForGrids(plan, all, [&](Range planes) {
    const std::int64_t count = planes.size();
    Spread<Terms<T>>(plan, plan.outputs, count, Planes(plan.outputs, dy.as<T>(), planes.begin, last), grid);
    if (plan.counts.empty()) {
      const std::uint8_t* here = winners + plan.winners_at(planes.begin);
      Gather(plan, count, results, [=](std::int64_t output, std::int32_t tap) {
        const auto winner = hn::PromoteTo(integers, hn::LoadU(hn::Rebind<std::uint8_t, F32>(), here + output));
        const auto won = hn::RebindMask(d, hn::Eq(winner, hn::Set(integers, tap)));
        return hn::IfThenElseZero(won, hn::LoadU(d, grid + output));
      });
    } else {
      ForLanes(d, plan, count, 1, [&](std::int64_t at) {
        hn::StoreU(hn::Div(hn::LoadU(d, grid + at), hn::LoadU(d, plan.counts.data() + at)), d, grid + at);
      });
      Gather(plan, count, results, [=](std::int64_t output, std::int32_t) { return hn::LoadU(d, grid + output); });
    }
    Pack(plan, plan.inputs, count, buffer.data(), Planes(plan.inputs, dx.to, planes.begin, all.end));
  });
}

void DifferentiateGrids(const PoolingPlan& plan, Range planes, const std::uint8_t* winners, const ConstValues& dy,
                        const Values& dx) {
  WithSink(dx, [&](auto sink) { DifferentiatePlanes(plan, planes, winners, dy, sink); });
}

}  // namespace acrtc::network::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acrtc::network {
namespace {

HWY_EXPORT(PoolGrids);
HWY_EXPORT(DifferentiateGrids);

class ByGrids : public PoolingKernel {
 public:
  explicit ByGrids(const PoolingSpec& spec) : plan_(spec) {}

  std::int64_t planes_together() const override { return plan_.together; }
  std::int64_t winner_bytes(std::int64_t planes) const override {
    return plan_.winners_at(round_up(planes, plan_.together));
  }

  void forward(Range planes, reuse::ConstValues x, reuse::Values y, std::byte* winners) const override {
    HWY_DYNAMIC_DISPATCH(PoolGrids)(plan_, planes, x, y, reinterpret_cast<std::uint8_t*>(winners));
  }
  void backward(Range planes, const std::byte* winners, reuse::ConstValues dy, reuse::Values dx) const override {
    HWY_DYNAMIC_DISPATCH(DifferentiateGrids)
    (plan_, planes, reinterpret_cast<const std::uint8_t*>(winners), dy, dx);
  }

 private:
  PoolingPlan plan_;
};

}  // namespace

std::unique_ptr<PoolingKernel> pooling_by_grids(const PoolingSpec& spec) {
  return PoolingPlan::suits(spec) ? std::make_unique<ByGrids>(spec) : nullptr;
}

}  // namespace acrtc::network
#endif  // HWY_ONCE
