#pragma once

#include <span>
#include <vector>

#include "acrtc/control/policy.hpp"
#include "acrtc/network/gemm_runner.hpp"
#include "acrtc/train/trainer.hpp"

namespace acrtc::train {

/// Turns a controller's strengths per role into one for each GEMM, with the user's rules on top.
class StrengthTable {
 public:
  /// Throws UserError where a rule names a layer that has no GEMM.
  StrengthTable(std::span<const StrengthRule> rules, std::span<const network::GemmInfo> gemms);

  std::vector<reuse::Strength> strengths(const reuse::RoleStrengths& by_role) const;

 private:
  std::vector<StrengthRule> rules_;
  std::span<const network::GemmInfo> gemms_;
};

}  // namespace acrtc::train
