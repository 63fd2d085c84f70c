#pragma once

#include <filesystem>
#include <string>

namespace acrtc::dataset {

/// The path of `name` in `directory`, or of `name`.gz where only that exists. An absolute `name` stands for itself.
/// Throws UserError with `suggestion`, the way to get the data, where there is neither.
std::filesystem::path find_file(const std::filesystem::path& directory, const std::string& name,
                                const std::string& suggestion);

/// Makes a folder to be filled, with those it lies in. Throws UserError where that cannot be done or it holds
/// something.
void make_new_directory(const std::filesystem::path& directory);

}  // namespace acrtc::dataset
