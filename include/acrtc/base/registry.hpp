#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "acrtc/base/error.hpp"
#include "acrtc/base/settings.hpp"
#include "acrtc/base/text.hpp"

namespace acrtc {

/// The plug-ins of one kind by name. Written only before main(), by Registration objects; read-only after.
/// Kind provides `static constexpr const char* kind` ("scheme") and the factory type `Factory`.
template <class Kind>
class Registry {
 public:
  struct Entry {
    std::string summary;  ///< one line of prose, no full stop
    Schema schema;        ///< settings the plug-in reads
    typename Kind::Factory make;
  };

  static Registry& instance() {
    static Registry registry;
    return registry;
  }

  /// Throws UserError with the nearest known name where there is no such plug-in.
  const Entry& find(const std::string& name) const {
    if (auto it = entries_.find(name); it != entries_.end()) return it->second;
    throw UserError("no " + std::string(Kind::kind) + " is called '" + name + "'", "known: " + join(names(), ", "),
                    did_you_mean(name, names()));
  }

  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& [name, entry] : entries_) result.push_back(name);
    return result;
  }

  void add(std::string name, Entry entry) {
    require(entries_.emplace(std::move(name), std::move(entry)).second, "two plug-ins share a name");
  }

 private:
  std::map<std::string, Entry> entries_;
};

/// One line at the end of a plug-in's file enters it into its registry.
template <class Kind>
struct Registration {
  Registration(std::string name, std::string summary, Schema schema, typename Kind::Factory make) {
    Registry<Kind>::instance().add(std::move(name), {std::move(summary), std::move(schema), std::move(make)});
  }
};

}  // namespace acrtc
