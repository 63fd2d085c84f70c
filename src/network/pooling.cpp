#include "pooling.hpp"

#include <functional>

#include "acrtc/base/error.hpp"
#include "acrtc/base/integer.hpp"
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

std::unique_ptr<PoolingKernel> fastest(const PoolingSpec& spec, reuse::Format format) {
  const Window& w = spec.window;
  require(w.pad_h < w.kernel_h && w.pad_w < w.kernel_w, "every pooling window covers an input");
  if (auto kernel = pooling_by_pairs(spec, format)) return kernel;
  if (auto kernel = pooling_by_grids(spec)) return kernel;
  return pooling_plain(spec);
}

}  // namespace

Pooling::Pooling(const PoolingSpec& spec, reuse::Format format) : spec_(spec), kernel_(fastest(spec, format)) {}

Pooling::~Pooling() = default;

void Pooling::forward(int threads, reuse::ConstValues x, reuse::Values y) {
  const std::int64_t planes = x.size / spec_.input_plane();
  if (spec_.kind == PoolingSpec::Kind::max) winners_.reserve(static_cast<std::size_t>(kernel_->winner_bytes(planes)));
  for_planes(threads, spec_, planes, kernel_->planes_together(),
             [&](Range part) { kernel_->forward(part, x, y, winners_.data()); });
}

void Pooling::backward(int threads, reuse::ConstValues dy, reuse::Values dx) const {
  for_planes(threads, spec_, dx.size / spec_.input_plane(), kernel_->planes_together(),
             [&](Range part) { kernel_->backward(part, winners_.data(), dy, dx); });
}

}  // namespace acrtc::network
