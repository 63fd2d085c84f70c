#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "acrtc/base/value.hpp"
#include "acrtc/network/layer.hpp"

namespace acrtc::network {

class CrossEntropy;
class LayerGraph;
struct GradientPlan;

/// One layer as a network file writes it.
struct LayerSpec {
  std::string name;                 ///< unique; default "<kind><number>"
  std::string kind;                 ///< of Registry<Layer>
  std::vector<std::string> inputs;  ///< names of layers, or "input"; empty = the layer before
  Table settings;                   ///< the kind's own
};

/// A network before it is built: layers in an order in which each comes after its inputs; the last one gives the
/// logits.
struct NetworkSpec {
  std::string name;
  std::vector<LayerSpec> layers;
};

/// A ready-made network. One .cpp in src/network/zoo with one Registration<Zoo> line.
struct Zoo {
  static constexpr const char* kind = "network";
  using Factory = std::function<NetworkSpec(const Settings&, SampleShape input, std::int64_t classes)>;
};

/// Layers from the array [[network.layer]] of a configuration. Throws UserError naming key and origin.
std::vector<LayerSpec> parse_layers(const Array& layers);

struct NetworkOptions {
  std::int64_t max_samples = 1;  ///< the largest batch that will ever come
  std::int64_t classes = 10;
  double label_smoothing = 0;  ///< weight of the uniform distribution in the target, 0 .. 1
  std::uint64_t seed = 1;      ///< of the initial weights and of dropout
};

/// Loss and hits of one batch. Sums, not means, so that batches add up.
struct LossSum {
  double loss = 0;           ///< cross-entropy, summed over samples
  std::int64_t correct = 0;  ///< samples whose largest logit is the label's
  std::int64_t samples = 0;
};

/// What one layer is, for the log, the reports and the hardware model.
struct LayerInfo {
  std::string name, kind;
  SampleShape input, output;        ///< input: the first, where a layer has several
  std::int64_t input_elements = 0;  ///< of all inputs, one sample
  std::int64_t parameters = 0;      ///< trained ones
  std::int64_t macs = 0;            ///< forward, one sample
  bool has_gemm = false;            ///< false: element-wise, costs DRAM traffic alone
  bool fused = false;               ///< a ReLU that the layer before does on its way out
};

/// The layers of a network without the memory to run it. Enters its GEMMs into `gemms`, which is then good for nothing
/// else. Throws as Network does.
std::vector<LayerInfo> survey(const NetworkSpec& spec, SampleShape input, const NetworkOptions& options,
                              GemmRunner& gemms);

/// A network built for one input shape: runs forward and backward over one batch of one node at a time.
class Network {
 public:
  /// Throws UserError naming the layer where the spec does not fit the input or the classes.
  Network(const NetworkSpec& spec, SampleShape input, const NetworkOptions& options, GemmRunner& gemms);
  ~Network();

  ParameterStore& parameters() { return parameters_; }
  GemmRunner& gemms() { return gemms_; }
  std::span<const LayerInfo> layers() const;
  /// Bytes of activations, gradients and parameters that this network holds.
  std::int64_t memory_bytes() const;

  /// Forward pass and loss over at most max_samples images. In training, leaves the logits' gradient of the batch's
  /// mean loss, times `gradient_scale`, for backward(). Throws UserError for a label outside the classes.
  LossSum forward(const PassContext& pass, const Tensor& images, std::span<const std::int32_t> labels,
                  float gradient_scale = 1);

  /// Called when the gradients of a range of the flat store are final: running averages first, whose part forward() has
  /// left, then from the last layer to the first. The ranges are disjoint and together cover the store.
  using GradientsReady = std::function<void(Range parameters)>;
  /// After forward() of the same pass in training mode.
  void backward(const PassContext& pass, const GradientsReady& ready = {});

  /// The last layer's output of the last forward(), [n, classes].
  const Tensor& logits() const { return logits_; }
  /// Index in layers() of the first whose output of the last forward() is not finite; their number where all are.
  std::int64_t first_output_not_finite() const;

 private:
  void allocate();
  std::vector<const Activations*> inputs_of(std::size_t layer) const;
  Activations& gradient_buffer(int buffer, const Activations& like);
  LossSum run_loss(const PassContext& pass, std::span<const std::int32_t> labels, float gradient_scale);
  void backward_through(std::size_t layer, const PassContext& pass);

  GemmRunner& gemms_;
  NetworkOptions options_;
  SampleShape input_shape_;
  ParameterStore parameters_;
  std::unique_ptr<LayerGraph> graph_;
  std::unique_ptr<GradientPlan> plan_;
  std::unique_ptr<CrossEntropy> loss_;
  Activations input_;                   ///< the images
  std::vector<Activations> outputs_;    ///< of each layer
  std::vector<Activations> gradients_;  ///< shared as plan_ says
  Tensor logits_, d_logits_;
};

}  // namespace acrtc::network
