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
    const int length = std::snprintf(nullptr, 0, format, values...);
    const std::size_t begin = text_.size();
    text_.resize(begin + static_cast<std::size_t>(length) + 1);  // snprintf() writes a zero, too
    std::snprintf(text_.data() + begin, static_cast<std::size_t>(length) + 1, format, values...);
    text_.pop_back();
  }
  void save(const std::filesystem::path& path) const {
    write_file(path, {reinterpret_cast<const std::uint8_t*>(text_.data()), text_.size()});
  }

 private:
  std::string text_;
};

}  // namespace acrtc::dataset
