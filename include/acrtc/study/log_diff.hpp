#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "acrtc/record/run_reader.hpp"

namespace acrtc::study {

/// Where two logs first differ, dataset by dataset in the order of the file, row by row.
struct LogDifference {
  std::string dataset;      ///< `steps/loss`
  std::int64_t row = -1;    ///< -1 where the dataset as a whole differs: missing, type, shape, length
  std::int64_t cell = 0;    ///< within the row, last dimension fastest
  std::string left, right;  ///< both values, reals so that they read back exactly; or both shapes
};

/// Compares what two runs computed: the contents of all datasets by bits (NaN equals itself), real times (`wall_*`)
/// and attributes aside. Empty where they are the same.
std::optional<LogDifference> first_difference(const record::RunReader& left, const record::RunReader& right);

/// `steps/loss differs in row 12: 0.5 | 0.25`
std::string to_string(const LogDifference& difference);

}  // namespace acrtc::study
