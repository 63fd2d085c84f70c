#pragma once

#include <cstdio>
#include <filesystem>
#include <string>

#include "file_bytes.hpp"

namespace acrtc::dataset {

/// Text that is written as a whole.
class TextWriter {
 public:
  template <class... T>
  void print(const char* format, T... values) {
    char piece[256];
    const int length = std::snprintf(piece, sizeof piece, format, values...);
    text_.append(piece, static_cast<std::size_t>(length));
  }
  void save(const std::filesystem::path& path) const {
    write_file(path, {reinterpret_cast<const std::uint8_t*>(text_.data()), text_.size()});
  }

 private:
  std::string text_;
};

}  // namespace acrtc::dataset
