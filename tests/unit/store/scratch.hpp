#pragma once

#include <span>
#include <vector>

#include "support/base/temporary_directory.hpp"
#include "support/base/user_error.hpp"

namespace acrtc::store {

using test::ScratchTest;
using test::user_error;

template <class T>
std::span<const T> view(const std::vector<T>& values) {
  return values;
}

}  // namespace acrtc::store
