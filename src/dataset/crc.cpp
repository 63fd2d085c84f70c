#include "crc.hpp"

#include <zlib.h>

#include "acrtc/base/error.hpp"

namespace acrtc::dataset {

std::uint32_t crc32_of(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, bytes.data(), bytes.size()));
}

std::uint32_t crc32_of(std::string_view text) {
  return crc32_of(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

void check_crc32(std::span<const std::uint8_t> bytes, std::uint32_t expected, const std::string& name) {
  if (crc32_of(bytes) != expected)
    throw UserError("cannot use '" + name + "'", "its bytes are not those that were packed: the checksums differ");
}

}  // namespace acrtc::dataset
