#include "acrtc/record/provenance.hpp"

#include <utility>

namespace acrtc::record {
namespace {

/// Calls visit(name, member) for each attribute: writing and reading share one list.
template <class P, class Visit>
void visit_attributes(P& p, Visit&& visit) {
  visit("program_version", p.program_version);
  visit("commit", p.commit);
  visit("configuration", p.configuration);
  visit("command_line", p.command_line);
  visit("host_names", p.host_names);
  visit("library_versions", p.library_versions);
  visit("cpu_isa", p.cpu_isa);
  visit("ranks", p.ranks);
  visit("threads", p.threads);
  visit("seed", p.seed);
  visit("started", p.started);
  visit("job_id", p.job_id);
  visit("restart_count", p.restart_count);
}

}  // namespace

void write_provenance(store::Object& root, const Provenance& provenance) {
  visit_attributes(provenance, [&](const char* name, const auto& value) { root.set_attribute(name, value); });
}

Provenance read_provenance(const store::Object& root) {
  Provenance result;
  visit_attributes(result, [&]<class T>(const char* name, T& value) {
    if (root.has_attribute(name)) value = root.attribute_as<T>(name);
  });
  return result;
}

}  // namespace acrtc::record
