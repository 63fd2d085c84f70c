#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "acrtc/base/tensor.hpp"
#include "acrtc/reuse/values.hpp"

namespace acrtc::network {

/// What passes between layers, or its gradient: a batch x[n, c, h, w], w fastest, in the operand format and stored as
/// GEMMs load it, which for formats of 16 bits is half of FP32's memory. Owns its memory.
class Activations {
 public:
  explicit Activations(reuse::Format format);
  /// Contents are unspecified.
  Activations(reuse::Format format, std::int64_t samples, SampleShape shape);

  std::int64_t samples() const { return samples_; }
  const SampleShape& shape() const { return shape_; }
  std::int64_t elements() const { return samples_ * shape_.elements(); }
  /// Of a tensor of this format.
  static std::int64_t element_bytes(reuse::Format format);

  reuse::Values values() { return {bytes_.data(), elements(), format_, halves_}; }
  reuse::ConstValues values() const { return {bytes_.data(), elements(), format_, halves_}; }
  reuse::Values sample(std::int64_t n) { return values().part(n * shape_.elements(), shape_.elements()); }
  reuse::ConstValues sample(std::int64_t n) const { return values().part(n * shape_.elements(), shape_.elements()); }

  /// Elements, null where they are of the other type.
  const float* f32() const { return halves_ ? nullptr : values().as<float>(); }
  const std::uint16_t* halves() const { return halves_ ? values().as<std::uint16_t>() : nullptr; }
  /// Elements of either type.
  void* data() { return bytes_.data(); }
  const void* data() const { return bytes_.data(); }

  /// Changes the shape; memory is kept where it suffices, contents are unspecified.
  void resize(std::int64_t samples, SampleShape shape);

 private:
  reuse::Format format_;
  bool halves_;
  std::int64_t samples_ = 0;
  SampleShape shape_;
  AlignedBuffer<std::byte> bytes_;
};

}  // namespace acrtc::network
