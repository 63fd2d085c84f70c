#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "acrtc/base/error.hpp"

namespace acrtc::fuzz {

/// A file in memory that readers open by its path.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(memfd_create("fuzz", 0)) {
    if (descriptor_ < 0) throw std::runtime_error("cannot make a file in memory");
  }
  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }
  void hold(std::span<const std::uint8_t> bytes) {
    if (ftruncate(descriptor_, 0) != 0 || pwrite(descriptor_, bytes.data(), bytes.size(), 0) != std::ssize(bytes))
      throw std::runtime_error("cannot write a file in memory");
  }

 private:
  int descriptor_;
};

/// Runs a reader. A UserError that names something is the one way in which it may refuse its input; anything else ends
/// the run.
template <class Reader>
int try_reading(const Reader& read) {
  try {
    read();
  } catch (const UserError& error) {
    if (std::string(error.what()).find_first_of("('") == std::string::npos)
      throw std::logic_error(std::string("an error that names nothing: ") + error.what());
  }
  return 0;
}

/// Where the first byte of `data` is odd: `valid` with the other bytes as edits, each three of them a place (16 bits)
/// and a value; a place beyond the end cuts the file there, counted backwards. Otherwise the data themselves.
inline std::vector<std::uint8_t> edited(std::span<const std::uint8_t> data, std::vector<std::uint8_t> valid) {
  if (data.empty() || data[0] % 2 == 0) return {data.begin(), data.end()};
  for (std::size_t i = 1; i + 2 < data.size(); i += 3) {
    const std::size_t place = std::size_t{data[i]} << 8 | data[i + 1];
    if (place < valid.size())
      valid[place] = data[i + 2];
    else
      valid.resize(std::min(valid.size(), 0x10000 - place));
  }
  return valid;
}

}  // namespace acrtc::fuzz
