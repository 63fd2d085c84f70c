#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "acrtc/reuse/format.hpp"
#include "acrtc/reuse/values.hpp"
#include "pooling_spec.hpp"

namespace acrtc::network {

/// A way of pooling some of a tensor's planes, of any number of samples. Thread-safe for planes that differ.
class PoolingKernel {
 public:
  virtual ~PoolingKernel() = default;

  /// Planes come in multiples of so many, but for a tensor's last ones.
  virtual std::int64_t planes_together() const = 0;
  /// What maxima remember of a tensor: where their winners are.
  virtual std::int64_t winner_bytes(std::int64_t planes) const = 0;

  /// `winners` are those of all planes, of no matter for averages.
  virtual void forward(Range planes, reuse::ConstValues x, reuse::Values y, std::byte* winners) const = 0;
  virtual void backward(Range planes, const std::byte* winners, reuse::ConstValues dy, reuse::Values dx) const = 0;
};

/// By vectors, maxima of numbers of 16 bits over windows of 2 x 2 or 3 x 3, two apart, without padding, as most
/// networks have them; null for others.
std::unique_ptr<PoolingKernel> pooling_by_pairs(const PoolingSpec& spec, reuse::Format format);
/// By vectors, windows of strides up to 2, in grids; null for others.
std::unique_ptr<PoolingKernel> pooling_by_grids(const PoolingSpec& spec);
/// As the definition says, any window.
std::unique_ptr<PoolingKernel> pooling_plain(const PoolingSpec& spec);

}  // namespace acrtc::network
