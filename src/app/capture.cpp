#include "capture.hpp"

#include <fmt/core.h>

#include <bit>
#include <numeric>

#include "acrtc/base/error.hpp"
#include "acrtc/base/random.hpp"
#include "acrtc/reuse/blocks.hpp"

namespace acrtc::app {
namespace {

/// The operand as a whole, row by row.
record::Matrix stored(const reuse::Operand& operand, reuse::Format format) {
  const bool by_rows = operand.major() == reuse::Major::rows;
  const std::int64_t outer = by_rows ? operand.rows() : operand.cols();
  const std::int64_t inner = by_rows ? operand.cols() : operand.rows();
  const Range rows{0, operand.rows()}, cols{0, operand.cols()};
  std::vector<float> block(static_cast<std::size_t>(outer * inner));
  if (reuse::loads_bf16(format)) {
    std::vector<std::uint16_t> halves(block.size());
    operand.load(rows, cols, MatrixView<std::uint16_t>{halves.data(), outer, inner, inner});
    std::ranges::transform(halves, block.begin(),
                           [](std::uint16_t half) { return std::bit_cast<float>(std::uint32_t{half} << 16); });
  } else {
    operand.load(rows, cols, MatrixView<float>{block.data(), outer, inner, inner});
  }
  if (by_rows) return {operand.rows(), operand.cols(), std::move(block)};
  record::Matrix matrix{operand.rows(), operand.cols(), std::vector<float>(block.size())};
  for (std::int64_t r = 0; r < matrix.rows; ++r)
    for (std::int64_t c = 0; c < matrix.cols; ++c)
      matrix.values[static_cast<std::size_t>(r * matrix.cols + c)] = block[static_cast<std::size_t>(c * inner + r)];
  return matrix;
}

}  // namespace

Capture::Capture(store::File file, const Configuration& configuration, const CapturePlan& plan,
                 network::GemmRunner& gemms)
    : file_(std::move(file)), gemms_(gemms) {
  form_.format = configuration.gemm_options().format;
  form_.window = configuration.scheme_setting("window", form_.window);
  form_.lanes = configuration.scheme_setting("lanes", form_.lanes);
  form_.supply = configuration.scheme_setting("supply", form_.supply);
  form_.granularity = configuration.scheme_setting("granularity", form_.granularity);

  for (const network::GemmInfo& info : gemms.list()) gemms_a_step_ += info.calls;
  const std::int64_t all = gemms_a_step_ * plan.steps;
  const Random random(plan.seed, RandomStream::capture);
  for (std::int64_t i = 0; i < std::min(plan.count, all); ++i) {
    const std::int64_t begin = all * i / plan.count, end = std::max(begin + 1, all * (i + 1) / plan.count);
    const auto offset = random.below(static_cast<std::uint64_t>(end - begin), static_cast<std::uint32_t>(i), 0, 0);
    chosen_.push_back(begin + static_cast<std::int64_t>(offset));
  }
  gemms_.set_observer([this](const network::GemmInfo& info, std::int64_t node, reuse::Strength strength,
                             const reuse::Gemm& gemm) { see(info, node, strength, gemm); });
}

Capture::~Capture() { gemms_.set_observer({}); }

void Capture::see(const network::GemmInfo& info, std::int64_t node, reuse::Strength strength, const reuse::Gemm& gemm) {
  if (node != 0 || written_ == chosen_.size() || seen_++ != chosen_[written_]) return;
  ++written_;
  record::GemmProblem problem = form_;
  problem.name = fmt::format("step{:06}_gemm{:03}_{}_{}", (seen_ - 1) / gemms_a_step_, (seen_ - 1) % gemms_a_step_,
                             info.layer, reuse::name(info.role));
  problem.a = stored(gemm.a, gemm.format);
  problem.b = stored(gemm.b, gemm.format);
  problem.strength = strength;
  record::write_gemm(file_, problem);
}

}  // namespace acrtc::app
