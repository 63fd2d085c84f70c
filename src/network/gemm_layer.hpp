#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "acrtc/base/settings.hpp"
#include "acrtc/network/layer.hpp"
#include "acrtc/reuse/operand.hpp"
#include "packed_weight.hpp"

namespace acrtc::network {

/// The sizes of a layer whose outputs are sums of weighted inputs.
struct GemmLayerShape {
  SampleShape output;
  std::int64_t groups = 1;
  std::vector<std::int64_t> weight;        ///< as stored: outputs, then what each output sums over
  std::vector<std::int64_t> column_order;  ///< of the GEMM, see PackedWeight; empty = as stored

  std::int64_t outputs() const { return weight.front(); }
  std::int64_t group_outputs() const { return outputs() / groups; }
  std::int64_t columns() const;  ///< inputs of one output
  std::int64_t pixels() const { return output.elements() / outputs(); }
};

/// What convolution and inner product share: a weight, a bias and the three GEMMs of each group. A kind says how its
/// tensors are seen as matrices.
class GemmLayer : public Layer {
 public:
  SampleShape output_shape() const final { return shape_.output; }
  void forward(const PassContext& pass, std::span<const Activations* const> in, Activations& out) final;
  void backward(const PassContext& pass, std::span<const Activations* const> in, const Activations& out,
                Activations& d_out, std::span<Activations* const> d_in) final;
  bool rectify() final;
  std::int64_t macs() const final { return shape_.pixels() * shape_.outputs() * shape_.columns(); }
  std::int64_t memory_bytes() const final { return packed_.memory_bytes(); }

  /// Settings that all such layers have.
  static Schema schema();
  /// The number of outputs, which must be given.
  static std::int64_t read_outputs(const Settings& settings);

 protected:
  GemmLayer(const Settings& settings, const LayerContext& context, GemmLayerShape shape);

  const GemmLayerShape& shape() const { return shape_; }
  const GemmRunner& gemms() const { return gemms_; }
  /// im2col(X) of a group: pixels of all samples x columns of the weight.
  virtual std::unique_ptr<reuse::Operand> input_matrix(const Activations& x, std::int64_t group) const = 0;
  /// dY of a group: pixels of all samples x outputs of the group.
  virtual std::unique_ptr<reuse::Operand> output_matrix(const Activations& dy, std::int64_t group) const = 0;
  /// Takes the gradient of input_matrix() into the group's part of dx, rounded to the operand format.
  virtual std::unique_ptr<reuse::Result> input_gradient(Activations& dx, std::int64_t group) const = 0;

 private:
  void add_parameters(const Settings& settings, const LayerContext& context);
  void add_gemms(const LayerContext& context);
  Range group_outputs(std::int64_t group) const;
  void write_weight_gradient(const Activations& x, const Activations& dy, std::int64_t group);
  void write_input_gradient(const Activations& dy, Activations& dx);

  GemmLayerShape shape_;
  GemmRunner& gemms_;
  ParameterStore& parameters_;
  int weight_ = 0;
  std::optional<int> bias_;
  int forward_ = 0, grad_weight_ = 0;
  std::optional<int> grad_input_;
  PackedWeight packed_;
  reuse::Rectified rectified_ = reuse::Rectified::no;
};

}  // namespace acrtc::network
