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

/// How much of a split there is, so that what is missing later is noticed.
struct SplitCounts {
  std::int64_t shards = 0, samples = 0;
};

/// What pack.txt says of tar shards.
struct ShardFacts {
  PackFacts pack;
  SplitCounts train, test;

  SplitCounts& counts(Split split) { return split == Split::train ? train : test; }
  const SplitCounts& counts(Split split) const { return split == Split::train ? train : test; }
};

void write_facts(const std::filesystem::path& path, const ShardFacts& facts);
/// Throws UserError naming file and line where a fact is missing, impossible or unknown.
ShardFacts read_facts(const std::filesystem::path& path);

}  // namespace acrtc::dataset
