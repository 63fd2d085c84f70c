#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "acrtc/store/object.hpp"

namespace acrtc::record {

/// Where a run came from: attributes of the log's root. Nothing of it changes a row of the log, but the configuration
/// and the seed.
struct Provenance {
  std::string program_version;
  std::string commit;         ///< with `-dirty` where the tree had changes
  std::string configuration;  ///< every setting in force, as TOML
  std::string command_line;
  std::vector<std::string> host_names;        ///< of the ranks, each once
  std::vector<std::string> library_versions;  ///< `HDF5 1.10.8`, ...
  std::string cpu_isa;
  std::int64_t ranks = 1, threads = 1;
  std::int64_t seed = 0;
  std::string started;  ///< ISO 8601, UTC
  std::string job_id;   ///< of the scheduler; empty without one
  std::int64_t restart_count = 0;
};

void write_provenance(store::Object& root, const Provenance& provenance);
/// Missing attributes keep their defaults: an older program knew fewer.
Provenance read_provenance(const store::Object& root);

}  // namespace acrtc::record
