#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "acrtc/store/copy.hpp"

namespace acrtc::record {

/// Replaces or makes a file as a whole or not at all: the bytes go to a file beside it, which is synced to the disk and
/// renamed. Throws UserError where that fails; nothing is left beside it then.
void write_durably(const std::filesystem::path& path, std::span<const std::byte> bytes);

using store::unfinished;

}  // namespace acrtc::record
