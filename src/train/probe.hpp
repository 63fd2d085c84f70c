#pragma once

#include <cstdint>
#include <vector>

#include "acrtc/network/gemm_runner.hpp"
#include "acrtc/reuse/scheme.hpp"

namespace acrtc::train {

/// Sum of relative errors over so many GEMMs.
struct ErrorSum {
  double sum = 0;
  std::int64_t gemms = 0;

  void add(const ErrorSum& other) { sum += other.sum, gemms += other.gemms; }
  /// NaN of none.
  double mean() const { return sum / static_cast<double>(gemms); }
};

/// Of all GEMMs that were probed, and of the weight gradients among them.
struct ProbeErrors {
  ErrorSum all, weight_gradients;

  void add(const ProbeErrors& other) { all.add(other.all), weight_gradients.add(other.weight_gradients); }
};

/// Measures what reuse does to the results of a few GEMMs: ||C_reuse - C_dense|| / ||C_dense|| (Frobenius). While it
/// lives it is the GEMMs' observer. A scheme's memory stays untouched: the probe works with an empty one.
class GemmProbe {
 public:
  /// Of each pass it probes the first call of up to `most` GEMMs, evenly spread, and of a weight gradient; another
  /// `round` takes others.
  static constexpr int most = 4;
  GemmProbe(const reuse::Scheme& scheme, network::GemmRunner& gemms, std::int64_t round);
  ~GemmProbe();
  GemmProbe(const GemmProbe&) = delete;
  GemmProbe& operator=(const GemmProbe&) = delete;

  void begin_pass();
  /// Of the pass since begin_pass(); GEMMs with reuse switched off are left out.
  const ProbeErrors& errors() const { return errors_; }

 private:
  void look(const network::GemmInfo& info, reuse::Strength strength, const reuse::Gemm& gemm);

  const reuse::Scheme& scheme_;
  network::GemmRunner& gemms_;
  std::int64_t round_;
  network::GemmObserver before_;
  std::vector<char> wanted_;  ///< [gemm]: still to be probed in this pass
  ProbeErrors errors_;
};

}  // namespace acrtc::train
