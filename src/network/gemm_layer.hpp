#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "acrtc/base/settings.hpp"
#include "acrtc/network/layer.hpp"
#include "acrtc/reuse/operand.hpp"
#include "elementwise.hpp"
#include "packed_weight.hpp"

namespace acrtc::network {

/// A tensor as GEMMs read it. Not owned.
struct OperandTensor {
  const Tensor& values;       ///< rounded to the operand format
  const std::uint16_t* bf16;  ///< their upper halves; null but for bf16
};

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
  void forward(const PassContext& pass, std::span<const Tensor* const> in, Tensor& out) final;
  void backward(const PassContext& pass, std::span<const Tensor* const> in, const Tensor& out, const Tensor& d_out,
                std::span<Tensor* const> d_in) final;
  std::int64_t macs() const final { return shape_.pixels() * shape_.outputs() * shape_.columns(); }
  std::int64_t memory_bytes() const final;

  /// Settings that all such layers have.
  static Schema schema();
  /// The number of outputs, which must be given.
  static std::int64_t read_outputs(const Settings& settings);

 protected:
  GemmLayer(const Settings& settings, const LayerContext& context, GemmLayerShape shape);

  const GemmLayerShape& shape() const { return shape_; }
  const GemmRunner& gemms() const { return gemms_; }
  /// im2col(X) of a group: pixels of all samples x columns of the weight.
  virtual std::unique_ptr<reuse::Operand> input_matrix(const OperandTensor& x, std::int64_t group) const = 0;
  /// dY of a group: pixels of all samples x outputs of the group.
  virtual std::unique_ptr<reuse::Operand> output_matrix(const OperandTensor& dy, std::int64_t group) const = 0;
  /// Takes the gradient of input_matrix() into the group's part of dx, rounded to the operand format.
  virtual std::unique_ptr<reuse::Result> input_gradient(Tensor& dx, std::int64_t group) const = 0;

 private:
  void add_parameters(const Settings& settings, const LayerContext& context);
  void add_gemms(const LayerContext& context);
  Range group_outputs(std::int64_t group) const;
  void write_weight_gradient(const OperandTensor& x, const OperandTensor& dy, std::int64_t group);
  void write_input_gradient(const OperandTensor& dy, Tensor& dx);

  GemmLayerShape shape_;
  GemmRunner& gemms_;
  ParameterStore& parameters_;
  int weight_ = 0;
  std::optional<int> bias_;
  int forward_ = 0, grad_weight_ = 0;
  std::optional<int> grad_input_;
  PackedWeight packed_;
  Bf16Copy x_bf16_, dy_bf16_;
};

}  // namespace acrtc::network
