#pragma once

#include <filesystem>
#include <string>

#include "acrtc/dataset/pack.hpp"

namespace acrtc::dataset {

const char* name(Encoding encoding);  ///< `u8`, `f32` or `jpeg`
/// Throws UserError, beginning with `problem`, where there is no such encoding.
Encoding encoding_of(const std::string& name, const std::string& problem);

/// Throws UserError, beginning with `problem`, unless the facts can be those of a pack: positive sizes of at most 2^28
/// values, and one mean and one deviation above 0 for each channel where there are any.
void check_facts(const PackFacts& facts, const std::string& problem);

/// pack.txt
void write_facts(const std::filesystem::path& path, const PackFacts& facts);
PackFacts read_facts(const std::filesystem::path& path);

}  // namespace acrtc::dataset
