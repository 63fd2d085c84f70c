#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "acrtc/base/registry.hpp"
#include "acrtc/dense/engine.hpp"
#include "acrtc/network/activations.hpp"
#include "acrtc/network/gemm_runner.hpp"
#include "acrtc/network/parameters.hpp"

namespace acrtc::network {

enum class Mode { training, evaluation };

/// What a layer is told when it is built: everything that is fixed for its life.
struct LayerContext {
  std::string name;                  ///< unique in its network
  std::vector<SampleShape> inputs;   ///< shapes of its inputs, in order
  std::int64_t max_samples = 1;      ///< the largest batch that will ever come
  bool needs_input_gradient = true;  ///< false where no layer below has weights
  std::uint64_t seed = 1;            ///< of the layer's own random draws; differs between layers
  dense::Engine& engine;
  GemmRunner& gemms;           ///< runs (and counts) every reuse-aware GEMM
  ParameterStore& parameters;  ///< the layer adds its own in its constructor
};

/// Where in the run a pass happens: what random layers draw from and what state belongs to.
struct PassContext {
  Mode mode = Mode::training;
  std::int64_t node = 0;  ///< emulated node
  std::uint32_t step = 0;
  std::span<const std::uint32_t> sample_ids;  ///< global sample indices of the batch, [n]
};

/// One layer of a network: a function of its inputs and parameters with a derivative. Inputs and outputs are owned by
/// the network and live from forward() to the end of backward(); values between layers are rounded to the operand
/// format by whoever produces them, and all stored alike. A layer kind is one .cpp in src/network/layers with one
/// Registration<Layer> line.
class Layer {
 public:
  static constexpr const char* kind = "layer";
  using Factory = std::function<std::unique_ptr<Layer>(const Settings&, const LayerContext&)>;

  virtual ~Layer() = default;

  virtual SampleShape output_shape() const = 0;

  /// `out` has the output shape and the batch of the inputs; its contents are unspecified before.
  virtual void forward(const PassContext& pass, std::span<const Activations* const> in, Activations& out) = 0;

  /// Called after forward() with the same pass and tensors; may leave anything in d_out. Overwrites each d_in[i] (null
  /// where nobody needs it; sized as in[i], contents unspecified before) and the parameters' gradients in the
  /// ParameterStore.
  virtual void backward(const PassContext& pass, std::span<const Activations* const> in, const Activations& out,
                        Activations& d_out, std::span<Activations* const> d_in) = 0;

  /// Asks the layer, before its first pass, to end with max(0, x), so that the ReLU behind it need not run. False where
  /// it does not.
  virtual bool rectify() { return false; }

  /// Multiply-accumulates of one sample's forward pass.
  virtual std::int64_t macs() const { return 0; }
  /// Bytes the layer keeps beside parameters, inputs, outputs and their gradients.
  virtual std::int64_t memory_bytes() const { return 0; }
};

}  // namespace acrtc::network
