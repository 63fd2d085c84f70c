#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace acrtc {

/// A mistake of the user or of the surroundings: bad input, a full disk, a typo in a configuration.
/// what() reads `PROBLEM (WHY); SUGGESTION?`, with the bracket and the suggestion left out where empty.
/// The program ends with exit status 2.
class UserError : public std::runtime_error {
 public:
  UserError(std::string_view problem, std::string_view why = {}, std::string_view suggestion = {});
};

/// A broken promise inside the program itself. The program ends with exit status 3.
class InternalError : public std::logic_error {
 public:
  explicit InternalError(std::string_view what) : std::logic_error(std::string(what)) {}
};

/// Throws InternalError naming `what` unless `holds`.
inline void require(bool holds, std::string_view what) {
  if (!holds) throw InternalError(what);
}

}  // namespace acrtc
