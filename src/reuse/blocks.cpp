#include "acrtc/reuse/blocks.hpp"

#include "acrtc/base/error.hpp"
#include "acrtc/dense/engine.hpp"
#include "reuse/by_columns.hpp"
#include "reuse/by_panels.hpp"
#include "reuse/by_planes.hpp"
#include "reuse/by_rows.hpp"
#include "reuse/direct_input_gradient.hpp"
#include "reuse/input_gradient.hpp"
#include "reuse/loaded_rows.hpp"
#include "reuse/loaded_strips.hpp"
#include "reuse/plane_panels.hpp"
#include "reuse/plane_rows.hpp"
#include "reuse/plane_strips.hpp"
#include "reuse/strip_panels.hpp"

namespace acrtc::reuse {
namespace {

/// Neither changes nor counts anything.
class Untouched : public BlockTransform {
 public:
  using BlockTransform::rows;
  WindowCount rows(MatrixView<float>) const override { return {}; }
  WindowCount rows(MatrixView<std::uint16_t>) const override { return {}; }
  bool columns_supported() const override { return true; }
  WindowCount columns(MatrixView<float>) const override { return {}; }
  WindowCount columns(MatrixView<std::uint16_t>) const override { return {}; }
  std::int64_t marked_together() const override { return 1; }
  void mark(std::span<const float> values, float* to, std::uint8_t*) const override { keep(values, to); }
  void mark(std::span<const std::uint16_t> values, std::uint16_t* to, std::uint8_t*) const override {
    keep(values, to);
  }
  WindowCount count(const std::uint8_t*, std::span<const std::int64_t>, std::int64_t) const override { return {}; }
};

/// Tensors store T, GEMMs multiply M.
template <class T, class M>
WindowCount run(const Gemm& gemm, const BlockTransform& transform) {
  if (ByPlanes<T, M>::fit(gemm, transform)) return ByPlanes<T, M>(gemm, transform).run();
  if (const Im2col* image = gemm.a.im2col(); image && MarkedPlanes<T>::fit(*image, transform)) {
    const ConvGeometry& g = image->geometry();
    return ByColumns<T, M, PlanePanels<T, M>>(gemm, transform, g.output_w(), g.output_pixels()).run();
  }
  if (gemm.a.major() == Major::columns && transform.columns_supported()) {
    if (const Im2col* image = gemm.a.im2col(); image && PlaneStrips<T>::fit(*image))
      return ByColumns<T, M, StripPanels<T, M, PlaneStrips<T>>>(gemm, transform, column_grain).run();
    return ByColumns<T, M, StripPanels<T, M, LoadedStrips<T>>>(gemm, transform, column_grain).run();
  }
  if (ByPanels<T, M>::fit(gemm)) return ByPanels<T, M>(gemm, transform).run();
  if (PlaneRows<T>::fit(gemm, transform))
    return ByRows<T, M, PlaneRows<T>>(gemm, transform, PlaneRows<T>::block_rows(gemm, transform)).run();
  return ByRows<T, M, LoadedRows<T>>(gemm, transform, LoadedRows<T>::block_rows(gemm, transform)).run();
}

template <class T, class M>
WindowCount run_all(const Gemm& gemm, const BlockTransform& transform) {
  if (!InputGradient<T>::fit(gemm)) return run<T, M>(gemm, transform);
  if (DirectInputGradient<T, M> direct(gemm, transform); direct.fit()) return direct.run();
  return InputGradient<T>(gemm, transform).run([](const Gemm& kept) { run<T, M>(kept, Untouched()); });
}

template <class T>
WindowCount copy_and_transform(const BlockTransform& transform, const T* from, std::span<const std::int64_t> rows,
                               MatrixView<T> block) {
  for (std::int64_t r = 0; r < block.rows; ++r) std::copy_n(from + rows[r], block.cols, block.row(r));
  return transform.rows(block);
}

}  // namespace

WindowCount BlockTransform::rows(const float* from, std::span<const std::int64_t> rows, MatrixView<float> block) const {
  return copy_and_transform(*this, from, rows, block);
}

WindowCount BlockTransform::rows(const std::uint16_t* from, std::span<const std::int64_t> rows,
                                 MatrixView<std::uint16_t> block) const {
  return copy_and_transform(*this, from, rows, block);
}

WindowCount BlockTransform::columns(MatrixView<float>) const {
  throw InternalError("this transform takes blocks row by row");
}

WindowCount BlockTransform::columns(MatrixView<std::uint16_t>) const {
  throw InternalError("this transform takes blocks row by row");
}

void BlockTransform::mark(std::span<const float>, float*, std::uint8_t*) const {
  throw InternalError("this transform keeps no marks");
}

void BlockTransform::mark(std::span<const std::uint16_t>, std::uint16_t*, std::uint8_t*) const {
  throw InternalError("this transform keeps no marks");
}

WindowCount BlockTransform::count(const std::uint8_t*, std::span<const std::int64_t>, std::int64_t) const {
  throw InternalError("this transform keeps no marks");
}

WindowCount run_blocks(const Gemm& gemm, const BlockTransform& transform) {
  require(gemm.a.cols() == gemm.b.rows(), "the inner sizes of a GEMM differ");
  if (!loads_halves(gemm.format)) return run_all<float, float>(gemm, transform);
  if (gemm.format == Format::bf16) return run_all<std::uint16_t, std::uint16_t>(gemm, transform);
  return run_all<std::uint16_t, float>(gemm, transform);
}

bool loads_halves(Format format) {
  return format == Format::fp16 || (format == Format::bf16 && dense::Engine::has_bf16());
}

void Result::begin(std::int64_t, std::int64_t) {}
void Result::end() {}

}  // namespace acrtc::reuse
