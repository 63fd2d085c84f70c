#pragma once

#include <cstdint>
#include <span>

#include "acrtc/base/tensor.hpp"
#include "acrtc/network/gemm_runner.hpp"

/// Where the blocks of a layer's GEMMs go.
namespace acrtc::network {

/// Channels of a tensor t[n, c, pixels] that one GEMM writes.
struct ChannelsView {
  float* data = nullptr;
  std::int64_t channels = 0;       ///< of a sample
  std::int64_t pixels = 1;         ///< of a channel
  std::int64_t first_channel = 0;  ///< that the GEMM writes
};

/// Writes C[n * pixels x channels] into a tensor, adding a bias and rounding to the operand format.
class TensorResult : public reuse::Result {
 public:
  /// `bias`: one a column of C, or empty.
  TensorResult(const ChannelsView& to, std::span<const float> bias, reuse::Format format)
      : to_(to), bias_(bias), format_(format) {}

  void store(std::int64_t slab, Range rows, reuse::Major major, MatrixView<const float> c) override;

 private:
  void store_samples(Range rows, MatrixView<const float> c) const;
  float bias(std::int64_t column) const { return bias_.empty() ? 0.0F : bias_[column]; }

  ChannelsView to_;
  std::span<const float> bias_;
  reuse::Format format_;
};

/// Writes C = dW^T (compared operand x) or C = dW (dy) into dw[outputs x columns], whose columns are stored in the
/// order `column_order`: column k of the GEMM is column column_order[k] of dw; empty where they agree.
class WeightGradientResult : public reuse::Result {
 public:
  WeightGradientResult(MatrixView<float> dw, std::span<const std::int64_t> column_order, WeightGradientOperand compared)
      : dw_(dw), column_order_(column_order), compared_(compared) {}

  void store(std::int64_t slab, Range rows, reuse::Major major, MatrixView<const float> c) override;

 private:
  MatrixView<float> dw_;
  std::span<const std::int64_t> column_order_;
  WeightGradientOperand compared_;
};

}  // namespace acrtc::network
