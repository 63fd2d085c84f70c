#pragma once

#include <filesystem>

#include "acrtc/store/file.hpp"

namespace acrtc::app {

/// Checks, without making it, that a file can be written to `path`; makes the folder it lies in. Throws UserError where
/// something is there and `existing` refuses it, or the folder cannot be written to.
void check_output(const std::filesystem::path& path, store::Existing existing);

/// `runs/a.h5` and `weights` make `runs/a.weights.h5`.
std::filesystem::path sibling(const std::filesystem::path& path, const std::string& kind);

}  // namespace acrtc::app
