#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "acrtc/study/comparison.hpp"
#include "acrtc/study/summary.hpp"

namespace acrtc::app {

/// Results for programs: every number of a report in SI units; what is not known is null.
nlohmann::ordered_json json_of(const study::Summary& summary);
nlohmann::ordered_json json_of(const study::Comparison& comparison);

/// One line for the whole run, each role, layer and GEMM.
std::string csv_of(const study::Summary& summary);
/// One line a run.
std::string csv_of(const study::Comparison& comparison);

}  // namespace acrtc::app
