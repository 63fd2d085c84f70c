#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>

#include "acrtc/base/integer.hpp"
#include "acrtc/base/parallel.hpp"
#include "acrtc/dense/convolution.hpp"
#include "acrtc/reuse/blocks.hpp"
#include "acrtc/reuse/im2col.hpp"
#include "acrtc/reuse/image_result.hpp"
#include "acrtc/reuse/transpose.hpp"
#include "reuse/load_columns.hpp"
#include "reuse/panels.hpp"
#include "reuse/slabs.hpp"
#include "reuse/turned_kernel.hpp"

namespace acrtc::reuse {

/// The input gradient of a convolution as oneDNN's own convolution of what reuse makes of dY: some samples at a time,
/// that stay in the second-level cache. Nothing im2col-shaped exists and no padding is multiplied.
template <class T, class M>
class DirectInputGradient {
 public:
  DirectInputGradient(const Gemm& gemm, const BlockTransform& transform)
      : gemm_(gemm), transform_(transform), x_(gemm.c.col2im()->geometry()) {
    how_.slab_rows = how_.block_rows = std::lcm(samples_at_once(), grain()) * output_pixels();
    if (turns() || (fills_vectors(outputs()) && fills_vectors(x_.channels)))
      convolution_ = dense::Convolution::find(spec(), gemm.engine);
  }

  /// False where oneDNN has no fast kernel, or one that multiplies many zeros.
  bool fit() const { return convolution_ != nullptr; }

  WindowCount run() {
    pack_weight();
    ImageResult c(gemm_.c.col2im()->image());
    const Gemm onto_image{gemm_.a, gemm_.b, c, gemm_.format, gemm_.engine};
    return run_slabs<Own>(
        onto_image, how_, [] { return std::make_unique<Own>(); },
        [&](std::int64_t slab, Range rows, Own& own) { block(slab, rows, own, c); });
  }

 private:
  struct Own {
    WindowCount count;
    AlignedBuffer<T> stored;  ///< dY where it is not multiplied as it is stored
    AlignedBuffer<M> columns, dy;
    AlignedBuffer<float> dx;
  };

  std::int64_t outputs() const { return gemm_.k(); }
  std::int64_t output_pixels() const { return x_.output_pixels(); }
  std::int64_t input_pixels() const { return x_.input.height * x_.input.width; }

  std::int64_t grain() const { return samples_of_whole_windows(transform_, output_pixels()); }

  /// Samples that the kernel takes: as many as the cache holds, or as make reading large weights pay, but few enough to
  /// keep threads busy. By the shape alone, as they may decide in which order oneDNN adds; a power of two, as windows
  /// that span samples mostly span as many.
  std::int64_t samples_at_once() const {
    constexpr std::int64_t least_blocks = 8;
    const std::int64_t sample = outputs() * output_pixels() * std::int64_t{sizeof(T) + sizeof(M)} +
                                x_.channels * input_pixels() * std::int64_t{2 * sizeof(float)};
    const std::int64_t weight = outputs() * x_.columns() * std::int64_t{sizeof(M)};
    const std::int64_t most = std::min(std::max(block_bytes, weight) / sample, x_.samples / least_blocks);
    return static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(std::max<std::int64_t>(1, most))));
  }

  /// oneDNN's forward kernels are the faster ones, but for images so small that most of what they see is padding.
  bool turns() const {
    constexpr std::int64_t least_pixels = 64;
    return turning_is_as_cheap(x_) && output_pixels() >= least_pixels;
  }

  /// oneDNN's kernels for input gradients take channels by 16.
  static bool fills_vectors(std::int64_t channels) { return 4 * channels >= 3 * round_up(channels, 16); }

  dense::ConvolutionSpec spec() const {
    using Spec = dense::ConvolutionSpec;
    const ConvGeometry g = turns() ? turned(x_, outputs()) : x_;
    return {.pass = turns() ? Spec::Pass::forward : Spec::Pass::input_gradient,
            .samples = samples_at_once(),
            .channels = g.channels,
            .height = g.input.height,
            .width = g.input.width,
            .outputs = turns() ? x_.channels : outputs(),
            .kernel_h = g.kernel_h,
            .kernel_w = g.kernel_w,
            .stride_h = g.stride_h,
            .stride_w = g.stride_w,
            .pad_h = g.pad_h,
            .pad_w = g.pad_w,
            .element = element_of<M>,
            .weights = g.order == ColumnOrder::ckhkw ? Spec::Weights::channels_first : Spec::Weights::channels_last};
  }

  void pack_weight() {
    AlignedBuffer<T> stored;
    AlignedBuffer<M> weight(static_cast<std::size_t>(outputs() * x_.columns()));
    load_as_multiplied(stored, MatrixView<M>{weight.data(), outputs(), x_.columns(), x_.columns()},
                       [&](MatrixView<T> to) {
                         if (turns())
                           turn_kernel(x_, gemm_.b, gemm_.engine, to.data);
                         else
                           load_transposed<T>(Transposed(gemm_.b), {0, to.cols}, {0, to.rows}, to);
                       });
    packed_.reserve(convolution_->packed_bytes());
    convolution_->pack(weight.data(), packed_.data());
  }

  /// Some runs of the kernel, the last one's missing samples zero.
  void block(std::int64_t slab, Range rows, Own& own, ImageResult& c) {
    const std::int64_t at_once = samples_at_once(), step = at_once * output_pixels();
    own.dy.reserve(static_cast<std::size_t>(round_up(rows.size(), step) * outputs()));
    own.dx.reserve(static_cast<std::size_t>(at_once * input_pixels() * x_.channels));
    const std::int64_t windows = grain() * output_pixels();
    for (std::int64_t row = rows.begin; row < rows.end; row += windows)
      load({row, std::min(rows.end, row + windows)}, own, own.dy.data() + (row - rows.begin) * outputs());
    std::fill(own.dy.data() + rows.size() * outputs(), own.dy.data() + round_up(rows.size(), step) * outputs(), M{0});
    for (std::int64_t row = rows.begin; row < rows.end; row += step) {
      convolution_->run(thread_index(), own.dy.data() + (row - rows.begin) * outputs(), packed_.data(), own.dx.data());
      const std::int64_t first = row / output_pixels(), end = std::min(rows.end, row + step) / output_pixels();
      const Range pixels{first * input_pixels(), end * input_pixels()};
      c.store(slab, pixels, {0, x_.channels}, Major::rows, {own.dx.data(), pixels.size(), x_.channels, x_.channels});
    }
  }

  /// What reuse makes of some samples, their channels together.
  void load(Range rows, Own& own, M* to) {
    own.columns.reserve(static_cast<std::size_t>(rows.size() * outputs()));
    const MatrixView<M> columns{own.columns.data(), outputs(), rows.size(), rows.size()};
    load_as_multiplied(own.stored, columns, [&](MatrixView<T> block) {
      own.count += load_columns<T>(gemm_.a, transform_, rows, {0, outputs()}, block);
    });
    transpose(MatrixView<const M>(columns), MatrixView<M>{to, rows.size(), outputs(), outputs()});
  }

  const Gemm& gemm_;
  const BlockTransform& transform_;
  ConvGeometry x_;
  Cut how_;
  dense::Convolution* convolution_ = nullptr;
  AlignedBuffer<std::byte> packed_;
};

}  // namespace acrtc::reuse
