#include "acrtc/reuse/role.hpp"

#include <string>

#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"

namespace acrtc::reuse {

const char* name(Role role) {
  static constexpr const char* names[] = {"forward", "grad_input", "grad_weight"};
  return names[static_cast<int>(role)];
}

Role parse_role(std::string_view text) {
  for (const Role role : roles)
    if (text == name(role)) return role;
  throw UserError("no role is called '" + std::string(text) + "'", "known: forward, grad_input, grad_weight",
                  did_you_mean(text, {"forward", "grad_input", "grad_weight"}));
}

}  // namespace acrtc::reuse
