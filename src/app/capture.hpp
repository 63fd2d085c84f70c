#pragma once

#include <cstdint>
#include <vector>

#include "acrtc/network/gemm_runner.hpp"
#include "acrtc/record/gemm_file.hpp"
#include "acrtc/store/file.hpp"
#include "configuration.hpp"

namespace acrtc::app {

/// How many GEMMs to capture, of a run of how many steps.
struct CapturePlan {
  std::int64_t count = 0, steps = 0;
  std::uint64_t seed = 1;  ///< which ones: one at random of each of `count` equal parts of the run
};

/// Writes the operands of some of node 0's GEMMs, rounded to the format, with all that runs them again: what
/// `acrtc gemm` reads. Watches `gemms`, which must outlive it, until destroyed.
class Capture {
 public:
  Capture(store::File file, const Configuration& configuration, const CapturePlan& plan, network::GemmRunner& gemms);
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

 private:
  void see(const network::GemmInfo& info, std::int64_t node, reuse::Strength strength, const reuse::Gemm& gemm);

  store::File file_;
  record::GemmProblem form_;  ///< all but the name, the operands and the strength
  network::GemmRunner& gemms_;
  std::int64_t gemms_a_step_ = 0;
  std::vector<std::int64_t> chosen_;  ///< numbers of the GEMMs to write, ascending
  std::size_t written_ = 0;
  std::int64_t seen_ = 0;
};

}  // namespace acrtc::app
