#pragma once

#include <cstdint>
#include <vector>

#include "acrtc/base/integer.hpp"
#include "pooling_spec.hpp"

namespace acrtc::network {

/// How planes are laid out while vectors pool them in grids, one for each phase of the two strides: pixel [y, x] of an
/// input plane, counted from the padding's corner, lies at [y / stride_h, x / stride_w] of grid
/// [y % stride_h, x % stride_w]. What a tap of the window sees of all outputs is then one grid, moved by a constant:
/// vectors run through all of its rows at once, over the padding between them, and nothing is special at borders.
struct PoolingPlan {
  /// Numbers that vectors handle at once at most: what they read and write behind others.
  static constexpr std::int64_t block = 64;

  /// A plane whose rows are spread over grids by strides; outputs are one by strides of 1.
  struct Image {
    std::int64_t height, width;
    std::int64_t stride_h = 1, stride_w = 1, pad_h = 0, pad_w = 0;
  };
  /// A tap that an input may be seen through by an output so many numbers of the grid before it.
  struct Origin {
    std::int64_t before;
    std::int32_t tap;
  };

  explicit PoolingPlan(const PoolingSpec& spec);

  /// Whether a window is what this is made for: of short strides, and of taps that a byte can tell.
  static bool suits(const PoolingSpec& spec);

  /// Numbers of a plane in a grid.
  std::int64_t step() const { return rows * pitch; }
  std::int64_t phases() const { return inputs.stride_h * inputs.stride_w; }
  /// Where a plane's winners begin: by output, as it lies in a grid, the tap that saw the largest input.
  std::int64_t winners_at(std::int64_t plane) const {
    return reach + plane / together * grid + plane % together * step();
  }

  Image inputs, outputs;
  std::int64_t rows, pitch;                  ///< of a grid
  std::int64_t together;                     ///< planes that one grid holds, one after another
  std::int64_t reach;                        ///< numbers before and behind a grid's planes that taps and vectors see
  std::int64_t grid;                         ///< numbers of a grid and those behind it
  std::vector<std::int64_t> seen;            ///< by tap, in order of rows: where the first output looks
  std::vector<std::vector<Origin>> origins;  ///< by phase, in order of outputs
  std::vector<float> counts;                 ///< by place in a grid: inputs that the output covers; 1 between outputs
};

}  // namespace acrtc::network
