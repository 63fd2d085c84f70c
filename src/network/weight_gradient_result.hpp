#pragma once

#include <cstdint>
#include <span>

#include "acrtc/base/tensor.hpp"
#include "acrtc/network/gemm_runner.hpp"

namespace acrtc::network {

/// Writes C = dW^T (compared operand x) or C = dW (dy) into dw[outputs x columns], whose columns are stored in the
/// order `column_order`: column k of the GEMM is column column_order[k] of dw; empty where they agree.
class WeightGradientResult : public reuse::Result {
 public:
  WeightGradientResult(MatrixView<float> dw, std::span<const std::int64_t> column_order,
                       WeightGradientOperand compared);

  void store(std::int64_t slab, Range rows, Range cols, reuse::Major major, MatrixView<const float> c) override;

 private:
  /// Takes a block of dW.
  void put(Range outputs, Range columns, MatrixView<const float> block);
  /// Takes a block of dW^T.
  void put_transposed(Range outputs, Range columns, MatrixView<const float> block);

  MatrixView<float> dw_;
  std::span<const std::int64_t> column_order_;
  WeightGradientOperand compared_;
  bool streams_;  ///< past the caches
};

}  // namespace acrtc::network
