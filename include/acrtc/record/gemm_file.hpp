#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "acrtc/reuse/count.hpp"
#include "acrtc/reuse/format.hpp"
#include "acrtc/reuse/strength.hpp"
#include "acrtc/store/file.hpp"

namespace acrtc::record {

/// A dense matrix, row-major; owns its values.
struct Matrix {
  std::int64_t rows = 0, cols = 0;
  std::vector<float> values;
};

/// One GEMM C = A * B as a file holds it: a group with datasets `A` and `B` (float32) and attributes `format`,
/// `window`, `lanes`, `supply`, `granularity`, `strength`, all of which a file must have.
struct GemmProblem {
  std::string name;  ///< path of the group: `step000100/conv2/forward/node0`
  Matrix a, b;
  reuse::Format format = reuse::Format::bf16;
  std::int64_t window = 4, lanes = 4, supply = 2;
  std::string granularity = "product";
  reuse::Strength strength;
};

/// What reuse made of it: datasets `A_reused` and `C`, and as attributes `mults_dense`, `adds_dense` (as many) and the
/// other counts under the names of reuse::count_fields.
struct GemmOutcome {
  Matrix a_reused, c;
  reuse::ReuseCount count;
};

/// Paths of all groups of a file that hold a GEMM, at any depth, in the order of the file. UserError where there is
/// none.
std::vector<std::string> gemm_names(const store::File& file);

/// Throws UserError naming file and group where the group holds no GEMM, or one whose shapes do not fit, or where an
/// attribute is missing, names no format or is a strength that the format does not have.
GemmProblem read_gemm(const store::File& file, const std::string& name);

/// Makes the group `problem.name` with its parents. Throws UserError where the file cannot be written.
void write_gemm(store::File& file, const GemmProblem& problem);
void write_gemm(store::File& file, const GemmProblem& problem, const GemmOutcome& outcome);

}  // namespace acrtc::record
