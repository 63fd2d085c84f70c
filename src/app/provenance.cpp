#include "provenance.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>

#include "acrtc/dense/engine.hpp"
#include "acrtc/store/file.hpp"
#include "version.hpp"

namespace acrtc::app {
namespace {

std::string now_utc() {
  const std::time_t now = std::time(nullptr);
  std::array<char, 32> text{};
  std::tm utc{};
  gmtime_r(&now, &utc);
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

std::vector<std::string> host_names(const comm::Communicator& ranks) {
  std::array<char, 256> own{};
  gethostname(own.data(), own.size() - 1);
  std::vector<std::string> names;
  for (const auto& name : ranks.all_gather(std::as_bytes(std::span(own))))
    names.emplace_back(reinterpret_cast<const char*>(name.data()));
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

/// The first of these environment variables that is set, or nothing.
std::string first_set(std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const char* value = std::getenv(name)) return value;
  return "";
}

}  // namespace

record::Provenance provenance(const Surroundings& surroundings, const Configuration& configuration, int threads) {
  return {.program_version = version,
          .commit = commit,
          .configuration = to_toml(configuration, Comments::none),
          .command_line = surroundings.command_line,
          .host_names = host_names(surroundings.ranks),
          .library_versions = {store::library_version(), dense::Engine::library_version(),
                               comm::Communicator::library_version()},
          .cpu_isa = dense::Engine::isa(),
          .ranks = surroundings.ranks.size(),
          .threads = threads,
          .seed = static_cast<std::int64_t>(configuration.seed()),
          .started = now_utc(),
          .job_id = first_set({"SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID"}),
          .restart_count = std::atoi(first_set({"SLURM_RESTART_COUNT"}).c_str())};
}

}  // namespace acrtc::app
