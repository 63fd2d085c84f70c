#include "pooling.hpp"

#include <functional>

#include "acrtc/base/error.hpp"
#include "acrtc/base/parallel.hpp"
#include "pooling_kernels.hpp"

namespace acrtc::network {
namespace {

/// Calls body(planes) for parts of all planes that are worth a hand-over, each a multiple of `together`.
void for_planes(int threads, const PoolingSpec& spec, std::int64_t planes, std::int64_t together,
                const std::function<void(Range)>& body) {
  constexpr std::int64_t worth = 1 << 15;  // numbers
  parallel_ranges(threads, planes, round_up(worth / spec.input_plane() + 8, together),
                  [&](std::int64_t begin, std::int64_t end) {
                    body({begin, end});
                  });
}

}  // namespace

Pooling::Pooling(const PoolingSpec& spec) : spec_(spec) {
  const Window& w = spec.window;
  require(w.pad_h < w.kernel_h && w.pad_w < w.kernel_w, "every pooling window covers an input");
  if (PoolingPlan::suits(spec)) plan_.emplace(spec);
}

void Pooling::forward(int threads, reuse::ConstValues x, reuse::Values y) {
  const std::int64_t planes = x.size / spec_.input_plane();
  if (spec_.kind == PoolingSpec::Kind::max) winners_.reserve(winner_bytes(planes));
  for_planes(threads, spec_, planes, planes_together(), [&](Range part) {
    if (plan_)
      pool_grids(*plan_, part, x, y, reinterpret_cast<std::uint8_t*>(winners_.data()));
    else
      pool_plainly(spec_, part, x, y, reinterpret_cast<std::int32_t*>(winners_.data()));
  });
}

void Pooling::backward(int threads, reuse::ConstValues dy, reuse::Values dx) const {
  for_planes(threads, spec_, dx.size / spec_.input_plane(), planes_together(), [&](Range part) {
    if (plan_)
      differentiate_grids(*plan_, part, reinterpret_cast<const std::uint8_t*>(winners_.data()), dy, dx);
    else
      differentiate_plainly(spec_, part, reinterpret_cast<const std::int32_t*>(winners_.data()), dy, dx);
  });
}

std::int64_t Pooling::planes_together() const { return plan_ ? plan_->together : plain_planes; }

std::size_t Pooling::winner_bytes(std::int64_t planes) const {
  const std::int64_t all = round_up(planes, planes_together());
  const std::int64_t plain = all * spec_.output_plane() * static_cast<std::int64_t>(sizeof(std::int32_t));
  return static_cast<std::size_t>(plan_ ? plan_->winners_at(all) : plain);
}

}  // namespace acrtc::network
