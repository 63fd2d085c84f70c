#include "capture.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "acrtc/base/error.hpp"
#include "acrtc/base/random.hpp"
#include "acrtc/reuse/blocks.hpp"
#include "acrtc/reuse/values.hpp"
#include "acrtc/store/copy.hpp"

namespace acrtc::app {
namespace {

/// The operand as a whole, row by row.
record::Matrix stored(const reuse::Operand& operand, reuse::Format format) {
  const bool by_rows = operand.major() == reuse::Major::rows;
  const std::int64_t outer = by_rows ? operand.rows() : operand.cols();
  const std::int64_t inner = by_rows ? operand.cols() : operand.rows();
  const Range rows{0, operand.rows()}, cols{0, operand.cols()};
  std::vector<float> block(static_cast<std::size_t>(outer * inner));
  if (reuse::loads_halves(format)) {
    std::vector<std::uint16_t> halves(block.size());
    operand.load(rows, cols, MatrixView<std::uint16_t>{halves.data(), outer, inner, inner});
    reuse::widen(reuse::values_of(halves, format), block.data());
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

void discard(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) throw UserError("cannot remove '" + path.string() + "'", error.message());
}

}  // namespace

Capture::Capture(std::filesystem::path file, const Configuration& configuration, const CapturePlan& plan,
                 network::GemmRunner& gemms)
    : file_(std::move(file)), folder_(std::filesystem::path(file_).replace_extension(".parts")), gemms_(gemms) {
  form_.format = configuration.gemm_options().format;
  form_.window = configuration.scheme_setting("window", form_.window);
  form_.lanes = configuration.scheme_setting("lanes", form_.lanes);
  form_.supply = configuration.scheme_setting("supply", form_.supply);
  form_.granularity = configuration.scheme_setting("granularity", form_.granularity);

  for (const network::GemmInfo& info : gemms.list()) gemms_a_step_ += info.calls;
  gemms_a_step_ *= configuration.train_options().micro_batches;
  choose(plan);
  pass_over(plan.first_step);
  gemms_.set_observer([this](const network::GemmInfo& info, std::int64_t node, reuse::Strength strength,
                             const reuse::Gemm& gemm) { see(info, node, strength, gemm); });
}

Capture::~Capture() { gemms_.set_observer({}); }

void Capture::choose(const CapturePlan& plan) {
  const std::int64_t all = gemms_a_step_ * plan.steps, count = std::min(plan.count, all);
  const Random random(plan.seed, RandomStream::capture);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t begin = all * i / count, end = all * (i + 1) / count;
    const auto offset = random.below(static_cast<std::uint64_t>(end - begin), static_cast<std::uint32_t>(i), 0, 0);
    chosen_.push_back(begin + static_cast<std::int64_t>(offset));
  }
}

/// True where a run that went to its end has left the file.
bool Capture::is_finished() const {
  if (!std::filesystem::exists(file_)) return false;
  const auto names = record::gemm_names(store::File::open(file_));
  return std::ranges::equal(names, chosen_, [this](const std::string& name, std::int64_t number) {
    return name.starts_with(this->name(number) + "_");
  });
}

void Capture::pass_over(std::int64_t steps) {
  seen_ = steps * gemms_a_step_;
  if (seen_ == 0) {
    discard(file_);
    discard(folder_);
  } else if (is_finished()) {
    chosen_.clear();
    discard(folder_);  // a run that was killed while it did so has left some
  }
  for (; written_ < chosen_.size() && chosen_[written_] < seen_; ++written_)
    if (const auto captured = part(chosen_[written_]); !std::filesystem::exists(captured))
      throw UserError("cannot go on capturing after step " + std::to_string(steps),
                      "there is no '" + captured.string() + "' of an earlier step",
                      "go on with the --capture and the epochs that the run began with, or with --capture 0");
}

void Capture::see(const network::GemmInfo& info, std::int64_t node, reuse::Strength strength, const reuse::Gemm& gemm) {
  if (node != 0 || written_ == chosen_.size() || seen_++ != chosen_[written_]) return;
  const std::int64_t number = chosen_[written_++];
  record::GemmProblem problem = form_;
  problem.name = name(number) + "_" + info.layer + "_" + reuse::name(info.role);
  problem.a = stored(gemm.a, gemm.format);
  problem.b = stored(gemm.b, gemm.format);
  problem.strength = strength;
  std::error_code ignored;  // writing into it fails, too
  std::filesystem::create_directories(folder_, ignored);
  store::write_atomically(part(number), [&](store::File& file) { record::write_gemm(file, problem); });
}

void Capture::finish() {
  if (chosen_.empty()) return;
  store::write_atomically(file_, [this](store::File& whole) {
    for (const std::int64_t number : chosen_) {
      const auto file = store::File::open(part(number));
      for (const std::string& name : record::gemm_names(file)) record::write_gemm(whole, record::read_gemm(file, name));
    }
  });
  discard(folder_);
}

std::string Capture::name(std::int64_t number) const {
  return fmt::format("step{:06}_gemm{:03}", number / gemms_a_step_, number % gemms_a_step_);
}

std::filesystem::path Capture::part(std::int64_t number) const { return folder_ / (name(number) + ".h5"); }

}  // namespace acrtc::app
