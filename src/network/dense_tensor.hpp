#pragma once

#include <cstdint>

#include "acrtc/dense/element.hpp"
#include "fp32_copy.hpp"

namespace acrtc::network {

/// A tensor as oneDNN's layers take it: itself, or an FP32 copy where they do not know its elements, which is so for
/// fp16.
class DenseTensor {
 public:
  /// What they take of tensors of this format.
  static dense::Element element_of(reuse::Format format);

  /// The elements of `from`, valid as long as both.
  const void* read(const dense::Engine& engine, const Activations& from);
  /// Room for the elements of `to`; finish() then rounds them into it where they are a copy.
  void* write(Activations& to);
  void finish(const dense::Engine& engine, Activations& to) const;

  std::int64_t memory_bytes() const { return copy_.memory_bytes(); }

 private:
  Fp32Copy copy_;
};

}  // namespace acrtc::network
