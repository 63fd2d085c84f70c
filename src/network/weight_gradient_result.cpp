#include "weight_gradient_result.hpp"

#include <algorithm>

namespace acrtc::network {

void WeightGradientResult::store(std::int64_t, Range rows, reuse::Major major, MatrixView<const float> c) {
  const bool rows_are_outputs = compared_ == WeightGradientOperand::dy;
  const bool outputs_apart = rows_are_outputs == (major == reuse::Major::rows);
  const std::int64_t output_step = outputs_apart ? c.stride : 1, column_step = outputs_apart ? 1 : c.stride;
  const Range all{0, major == reuse::Major::rows ? c.cols : c.rows};
  const Range outputs = rows_are_outputs ? rows : all, columns = rows_are_outputs ? all : rows;
  constexpr std::int64_t tile = 16;  // keeps both sides' lines in the first-level cache
  for (std::int64_t o0 = outputs.begin; o0 < outputs.end; o0 += tile)
    for (std::int64_t k0 = columns.begin; k0 < columns.end; k0 += tile)
      for (std::int64_t o = o0; o < std::min(o0 + tile, outputs.end); ++o) {
        const float* from = c.data + (o - outputs.begin) * output_step;
        float* to = dw_.row(o);
        for (std::int64_t k = k0; k < std::min(k0 + tile, columns.end); ++k)
          to[column_order_.empty() ? k : column_order_[k]] = from[(k - columns.begin) * column_step];
      }
}

}  // namespace acrtc::network
