#pragma once

#include <string>

#include "acrtc/base/error.hpp"

namespace acrtc::test {

/// The message of the UserError that `action` throws; empty where it throws none.
template <class Action>
std::string user_error(const Action& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace acrtc::test
