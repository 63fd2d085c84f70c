#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "acrtc/base/error.hpp"

namespace acrtc::store {

/// A folder of its own for each test, removed after it.
class ScratchTest : public testing::Test {
 protected:
  ~ScratchTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  std::filesystem::path path(const std::string& name = "file.h5") const { return folder_ / name; }

 private:
  static std::filesystem::path make_folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "acrtc_store_XXXXXX").string();
    return mkdtemp(pattern.data());
  }
  std::filesystem::path folder_ = make_folder();
};

template <class T>
std::span<const T> view(const std::vector<T>& values) {
  return values;
}

/// The message of the UserError that `action` throws; empty where it throws none.
template <class Action>
std::string user_error(Action action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace acrtc::store
