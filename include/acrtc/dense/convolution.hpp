#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "acrtc/dense/element.hpp"
#include "acrtc/dense/engine.hpp"

namespace acrtc::dense {

/// One shape of a convolution of images whose channels lie together: x[samples, height, width, channels] and
/// y[samples, output height, output width, outputs], without gaps.
struct ConvolutionSpec {
  /// forward: y of x. input_gradient: dx of dy.
  enum class Pass { forward, input_gradient } pass = Pass::forward;
  std::int64_t samples = 0;
  std::int64_t channels = 0, height = 0, width = 0;
  std::int64_t outputs = 0;
  std::int64_t kernel_h = 1, kernel_w = 1;
  std::int64_t stride_h = 1, stride_w = 1;
  std::int64_t pad_h = 0, pad_w = 0;
  Element element = Element::f32;  ///< of what is read; what is written is FP32
  /// How weights lie before they are packed: [outputs, channels, kernel_h, kernel_w] or [outputs, kernel_h, kernel_w,
  /// channels].
  enum class Weights { channels_first, channels_last } weights = Weights::channels_first;

  friend auto operator<=>(const ConvolutionSpec&, const ConvolutionSpec&) = default;
};

/// A oneDNN convolution prepared for one shape. One thread runs it; several may at once, each with its own memory. It
/// multiplies no padding. Bits of a result depend on the shape, `samples` among it, and on the kind of CPU, whose
/// caches oneDNN looks at, too, but on nothing else.
class Convolution {
 public:
  /// The engine's instance for `spec`, made on first use; null where oneDNN has no fast kernel for it. Thread-safe;
  /// valid as long as the engine.
  static Convolution* find(const ConvolutionSpec& spec, Engine& engine);

  ~Convolution();

  std::size_t packed_bytes() const;
  /// Lays out weights as the kernel reads them. For the main thread; uses all threads.
  void pack(const void* weights, void* packed);
  /// `from` is x or dy, `to` y or dx. Thread-safe; `thread` < engine.threads() is the caller's thread_index().
  void run(int thread, const void* from, const void* packed, float* to);

 private:
  struct State;
  explicit Convolution(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace acrtc::dense
