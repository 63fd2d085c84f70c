#include "acrtc/base/error.hpp"

#include <algorithm>

namespace acrtc {
namespace {

std::string compose(std::string_view problem, std::string_view why, std::string_view suggestion) {
  std::string text(problem);
  if (!why.empty()) text.append(" (").append(why).append(")");
  if (!suggestion.empty()) text.append("; ").append(suggestion);
  std::ranges::replace(text, '\0', ' ');  // where a quoted key holds one, what() would end there
  return text;
}

}  // namespace

UserError::UserError(std::string_view problem, std::string_view why, std::string_view suggestion)
    : std::runtime_error(compose(problem, why, suggestion)) {}

}  // namespace acrtc
