#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "acrtc/base/error.hpp"
#include "acrtc/dense/engine.hpp"
#include "acrtc/record/gemm_file.hpp"
#include "acrtc/reuse/blocks.hpp"
#include "acrtc/reuse/im2col.hpp"
#include "acrtc/reuse/tensor_core.hpp"
#include "acrtc/store/copy.hpp"
#include "commands.hpp"
#include "output_file.hpp"

namespace acrtc::app {
namespace {

MatrixView<float> view(record::Matrix& matrix) { return {matrix.values.data(), matrix.rows, matrix.cols, matrix.cols}; }

/// Keeps a GEMM's result as a whole.
class Keep : public reuse::Result {
 public:
  explicit Keep(record::Matrix& matrix) : matrix_(matrix) {}

  void store(std::int64_t, Range rows, Range cols, reuse::Major major, MatrixView<const float> c) override {
    for (std::int64_t r = 0; r < rows.size(); ++r)
      for (std::int64_t j = 0; j < cols.size(); ++j)
        view(matrix_)(rows.begin + r, cols.begin + j) = major == reuse::Major::rows ? c(r, j) : c(j, r);
  }

 private:
  record::Matrix& matrix_;
};

/// An operand rounded to the format, in both shapes in which a GEMM may load it.
class Rounded {
 public:
  Rounded(record::Matrix matrix, reuse::Format format) : matrix_(std::move(matrix)), halves_(matrix_.values.size()) {
    reuse::round_to(format, std::span(matrix_.values));
    if (reuse::loads_halves(format)) reuse::to_halves(format, matrix_.values, halves_);
  }

  record::Matrix& matrix() { return matrix_; }
  reuse::StoredMatrix operand() {
    const auto values = view(matrix_);
    return {{values.data, values.rows, values.cols, values.stride},
            {halves_.data(), values.rows, values.cols, values.stride}};
  }

 private:
  record::Matrix matrix_;
  std::vector<std::uint16_t> halves_;
};

std::unique_ptr<reuse::Scheme> scheme_of(const record::GemmProblem& problem) {
  Table table;
  table.set("window", {problem.window});
  table.set("lanes", {problem.lanes});
  table.set("supply", {problem.supply});
  table.set("granularity", {problem.granularity});
  const auto& entry = Registry<reuse::Scheme>::instance().find("acrtc");
  return entry.make(Settings(problem.name, table, entry.schema));
}

reuse::WindowRule rule_of(const record::GemmProblem& problem) {
  return {.format = problem.format,
          .window = problem.window,
          .lanes = problem.lanes,
          .supply = problem.supply,
          .granularity = problem.granularity == "dot" ? reuse::Granularity::dot : reuse::Granularity::product,
          .dropped_bits = std::min(problem.strength.level, reuse::mantissa_bits(problem.format))};
}

record::GemmOutcome solve(const record::GemmProblem& problem, dense::Engine& engine) {
  Rounded a(problem.a, problem.format), b(problem.b, problem.format);
  record::GemmOutcome outcome;
  outcome.c = {problem.a.rows, problem.b.cols,
               std::vector<float>(static_cast<std::size_t>(problem.a.rows * problem.b.cols))};
  Keep c(outcome.c);
  const reuse::StoredMatrix stored_a = a.operand(), stored_b = b.operand();
  const reuse::Gemm gemm{stored_a, stored_b, c, problem.format, engine};
  outcome.count = scheme_of(problem)->multiply(gemm, problem.strength, nullptr);
  if (!problem.strength.is_off()) reuse::replace(rule_of(problem), view(a.matrix()));
  outcome.a_reused = std::move(a.matrix());
  return outcome;
}

class Gemm : public Command {
 public:
  explicit Gemm(CLI::App& options) {
    options.add_option("-i,--in", in_, "HDF5 file with groups of A, B and the attributes of reuse")->required();
    options.add_option("-o,--out", out_, "where A_reused, C and the counts of each group go")->required();
    options.add_flag("--overwrite", overwrite_, "replace a file that exists");
  }

  void prepare(const Surroundings&) override { check_output(out_, existing()); }

  int run(const Surroundings& surroundings) override {
    if (surroundings.ranks.rank() != 0) return status_ok;
    dense::Engine engine(surroundings.threads);
    const store::File in = store::File::open(in_);
    const std::vector<std::string> names = record::gemm_names(in);
    for (const std::string& name : names) scheme_of(record::read_gemm(in, name));  // every mistake before any work
    make_folder_of(out_);
    fmt::print("{:<40} {:>14} {:>12} {:>12} {:>10}\n", "GEMM", "m x k x n", "mults", "avoided", "zeros");
    store::write_atomically(out_, [&](store::File& out) {
      for (const std::string& name : names) {
        const record::GemmProblem problem = record::read_gemm(in, name);
        const record::GemmOutcome outcome = solve(problem, engine);
        record::write_gemm(out, problem, outcome);
        print_row(problem, outcome.count);
      }
    });
    return status_ok;
  }

 private:
  store::Existing existing() const { return overwrite_ ? store::Existing::replace : store::Existing::refuse; }

  static void print_row(const record::GemmProblem& problem, const reuse::ReuseCount& count) {
    const auto share = [](std::uint64_t part, std::uint64_t whole) {
      return 100 * static_cast<double>(part) / static_cast<double>(whole);
    };
    fmt::print("{:<40} {:>14} {:>12} {:>10.1f} % {:>8.1f} %\n", problem.name,
               fmt::format("{}x{}x{}", problem.a.rows, problem.a.cols, problem.b.cols), count.mults,
               share(count.mults_dense - count.mults, count.mults_dense), share(count.zeros, count.elements));
  }

  std::string in_, out_;
  bool overwrite_ = false;
};

}  // namespace

std::unique_ptr<Command> make_gemm(CLI::App& options) { return std::make_unique<Gemm>(options); }

}  // namespace acrtc::app
