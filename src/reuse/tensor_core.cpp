#include "acrtc/reuse/tensor_core.hpp"

#include "acrtc/base/integer.hpp"
#include "acrtc/reuse/blocks.hpp"

namespace acrtc::reuse {
namespace {

/// Columns of B that one tile of a tensor core covers: four units side by side.
constexpr std::int64_t tile_columns = 4;

/// Leaves blocks as they are.
class CountZeros : public BlockTransform {
 public:
  using BlockTransform::rows;
  WindowCount rows(MatrixView<float> block) const override { return count(block); }
  WindowCount rows(MatrixView<std::uint16_t> block) const override { return count(block); }
  bool columns_supported() const override { return true; }
  WindowCount columns(MatrixView<float> block) const override { return count(block); }
  WindowCount columns(MatrixView<std::uint16_t> block) const override { return count(block); }
  std::int64_t marked_together() const override { return marked_window; }
  void mark(std::span<const float> values, float* to, std::uint8_t* marks) const override {
    mark_zeros(values, marks);
    keep(values, to);
  }
  void mark(std::span<const std::uint16_t> values, std::uint16_t* to, std::uint8_t* marks) const override {
    mark_zeros(values, marks);
    keep(values, to);
  }
  WindowCount count(const std::uint8_t* marks, std::span<const std::int64_t> columns,
                    std::int64_t windows) const override {
    return count_marks({}, marks, columns, windows);
  }

 private:
  template <class T>
  static WindowCount count(MatrixView<T> block) {
    return {.zeros = count_zeros(block)};
  }
};

/// Replaces repeats within windows.
class ReplaceRepeats : public BlockTransform {
 public:
  explicit ReplaceRepeats(const WindowRule& rule) : rule_(rule) {}

  std::int64_t window() const override { return rule_.window; }
  WindowCount rows(MatrixView<float> block) const override { return reuse_rows(rule_, block); }
  WindowCount rows(MatrixView<std::uint16_t> block) const override { return reuse_rows(rule_, block); }
  WindowCount rows(const float* from, std::span<const std::int64_t> rows, MatrixView<float> block) const override {
    return reuse_rows(rule_, from, rows, block);
  }
  WindowCount rows(const std::uint16_t* from, std::span<const std::int64_t> rows,
                   MatrixView<std::uint16_t> block) const override {
    return reuse_rows(rule_, from, rows, block);
  }
  bool columns_supported() const override { return reuse::columns_supported(rule_); }
  WindowCount columns(MatrixView<float> block) const override { return reuse_columns(rule_, block); }
  WindowCount columns(MatrixView<std::uint16_t> block) const override { return reuse_columns(rule_, block); }
  std::int64_t marked_together() const override { return marks_supported(rule_) ? marked_window : 0; }
  void mark(std::span<const float> values, float* to, std::uint8_t* marks) const override {
    mark_repeats(rule_, values, to, marks);
  }
  void mark(std::span<const std::uint16_t> values, std::uint16_t* to, std::uint8_t* marks) const override {
    mark_repeats(rule_, values, to, marks);
  }
  WindowCount count(const std::uint8_t* marks, std::span<const std::int64_t> columns,
                    std::int64_t windows) const override {
    return count_marks(rule_, marks, columns, windows);
  }

 private:
  WindowRule rule_;
};

}  // namespace

std::int64_t read_lanes(const Settings& settings) {
  const std::int64_t lanes = settings[lanes_setting];
  if (16 % lanes != 0) settings.reject(lanes_setting.name, "lanes must divide 16", "take 1, 2, 4, 8 or 16");
  return lanes;
}

ReuseCount dense_count(std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t lanes) {
  const auto elements = static_cast<std::uint64_t>(m * k);
  const auto products = elements * static_cast<std::uint64_t>(n);
  const auto beats = static_cast<std::uint64_t>(m * ceil_div(k, lanes) * ceil_div(n, tile_columns));
  return {.mults_dense = products,
          .mults = products,
          .adds = products,
          .elements = elements,
          .beats_dense = beats,
          .beats = beats};
}

ReuseCount count_of(const WindowCount& found, std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t lanes) {
  ReuseCount count = dense_count(m, n, k, lanes);
  const auto columns = static_cast<std::uint64_t>(n);
  count.mults = found.products * columns;
  count.adds = found.sums * columns;
  count.comparisons = found.comparisons;
  count.zeros = found.zeros;
  count.reused = found.reused;
  count.reused_zero = found.reused_zero;
  count.beats = found.beats * static_cast<std::uint64_t>(ceil_div(n, tile_columns));
  return count;
}

ReuseCount multiply_dense(const Gemm& gemm, std::int64_t lanes) {
  ReuseCount count = dense_count(gemm.m(), gemm.n(), gemm.k(), lanes);
  count.zeros = run_blocks(gemm, CountZeros()).zeros;
  return count;
}

ReuseCount multiply_reusing(const Gemm& gemm, const WindowRule& rule) {
  return count_of(run_blocks(gemm, ReplaceRepeats(rule)), gemm.m(), gemm.n(), gemm.k(), rule.lanes);
}

WindowCount replace(const WindowRule& rule, MatrixView<float> a) { return reuse_rows(rule, a); }

}  // namespace acrtc::reuse
