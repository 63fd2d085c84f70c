#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace acrtc::dataset {

/// The CRC-32 of gzip and PNG.
std::uint32_t crc32_of(std::span<const std::uint8_t> bytes);
std::uint32_t crc32_of(std::string_view text);

/// Throws UserError naming `name` where the bytes are not those whose CRC was `expected`.
void check_crc32(std::span<const std::uint8_t> bytes, std::uint32_t expected, const std::string& name);

}  // namespace acrtc::dataset
