#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace acrtc::record {

/// Replaces or makes a file as a whole or not at all: the bytes go to a file beside it, which is synced to the disk and
/// renamed. Throws UserError where that fails; nothing is left beside it then.
void write_durably(const std::filesystem::path& path, std::span<const std::byte> bytes);

/// How the names of unfinished files go on after that of the file they are to become.
inline constexpr const char* unfinished = ".part";

}  // namespace acrtc::record
