#include "strength_table.hpp"

#include <algorithm>
#include <string>

#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"

namespace acrtc::train {
namespace {

bool fits(const StrengthRule& rule, const network::GemmInfo& gemm) {
  return (rule.layer.empty() || rule.layer == gemm.layer) &&
         (rule.roles.empty() || std::ranges::count(rule.roles, gemm.role) > 0);
}

std::vector<std::string> layers_of(std::span<const network::GemmInfo> gemms) {
  std::vector<std::string> names;
  for (const auto& gemm : gemms)
    if (std::ranges::count(names, gemm.layer) == 0) names.push_back(gemm.layer);
  return names;
}

}  // namespace

StrengthTable::StrengthTable(std::span<const StrengthRule> rules, std::span<const network::GemmInfo> gemms)
    : rules_(rules.begin(), rules.end()), gemms_(gemms) {
  const auto known = layers_of(gemms);
  for (const auto& rule : rules_)
    if (!rule.layer.empty() && std::ranges::count(known, rule.layer) == 0)
      throw UserError("a strength rule names layer '" + rule.layer + "'",
                      "layers with matrix products: " + join(known, ", "), did_you_mean(rule.layer, known));
}

std::vector<reuse::Strength> StrengthTable::strengths(const reuse::RoleStrengths& by_role) const {
  std::vector<reuse::Strength> result;
  for (const auto& gemm : gemms_) {
    result.push_back(by_role[gemm.role]);
    for (const auto& rule : rules_)
      if (fits(rule, gemm)) result.back() = rule.strength;
  }
  return result;
}

}  // namespace acrtc::train
