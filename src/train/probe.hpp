#pragma once

#include <cstdint>
#include <vector>

#include "acrtc/network/gemm_runner.hpp"
#include "acrtc/reuse/scheme.hpp"

namespace acrtc::train {

/// Sum of relative errors over so many GEMMs.
struct ProbeError {
  double sum = 0;
  std::int64_t gemms = 0;
};

/// Measures what reuse does to the results of a few GEMMs: ||C_reuse - C_dense|| / ||C_dense|| (Frobenius). While it
/// lives it is the GEMMs' observer. A scheme's memory stays untouched: the probe works with an empty one.
class GemmProbe {
 public:
  /// Of each pass it probes the first call of up to `most` GEMMs, evenly spread; another `round` takes others.
  static constexpr int most = 4;
  GemmProbe(const reuse::Scheme& scheme, network::GemmRunner& gemms, std::int64_t round);
  ~GemmProbe();
  GemmProbe(const GemmProbe&) = delete;
  GemmProbe& operator=(const GemmProbe&) = delete;

  void begin_pass();
  /// Of the pass since begin_pass(); GEMMs with reuse switched off are left out.
  const ProbeError& error() const { return error_; }

 private:
  void look(const network::GemmInfo& info, reuse::Strength strength, const reuse::Gemm& gemm);

  const reuse::Scheme& scheme_;
  network::GemmRunner& gemms_;
  std::int64_t round_;
  network::GemmObserver before_;
  std::vector<char> wanted_;  ///< [gemm]: still to be probed in this pass
  ProbeError error_;
};

}  // namespace acrtc::train
