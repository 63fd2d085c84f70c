#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "acrtc/network/gemm_runner.hpp"
#include "acrtc/record/gemm_file.hpp"
#include "configuration.hpp"

namespace acrtc::app {

/// How many GEMMs to capture, of a run of how many steps.
struct CapturePlan {
  std::int64_t count = 0, steps = 0;
  std::int64_t first_step = 0;  ///< where the run goes on; the GEMMs of the steps before have been captured
  std::uint64_t seed = 1;       ///< which ones: one at random of each of `count` equal parts of the run
};

/// Writes the operands of some of node 0's GEMMs, rounded to the format, with all that runs them again: what
/// `acrtc gemm` reads. Each lies in a file of its own, in a folder beside, until finish() makes one file of them: so
/// they outlive a run that is killed. Watches `gemms`, which must outlive it, until destroyed.
class Capture {
 public:
  /// Throws UserError where a GEMM of a step before the first was not captured.
  Capture(std::filesystem::path file, const Configuration& configuration, const CapturePlan& plan,
          network::GemmRunner& gemms);
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  /// Writes the file, and removes the folder. After the last step.
  void finish();

 private:
  void choose(const CapturePlan& plan);
  bool is_finished() const;
  void pass_over(std::int64_t steps);
  void see(const network::GemmInfo& info, std::int64_t node, reuse::Strength strength, const reuse::Gemm& gemm);
  std::string name(std::int64_t number) const;
  std::filesystem::path part(std::int64_t number) const;

  std::filesystem::path file_, folder_;
  record::GemmProblem form_;  ///< all but the name, the operands and the strength
  network::GemmRunner& gemms_;
  std::int64_t gemms_a_step_ = 0;     ///< of node 0
  std::vector<std::int64_t> chosen_;  ///< numbers of the GEMMs to write, ascending
  std::size_t written_ = 0;
  std::int64_t seen_ = 0;
};

}  // namespace acrtc::app
