#include "shipped_files.hpp"

#include <set>

#include "acrtc/base/text.hpp"

namespace acrtc::app {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> places(const ShippedKind& kind) {
  const fs::path program = fs::read_symlink("/proc/self/exe").parent_path();
  return {kind.in_project, program / kind.installed, program / "../.." / kind.in_project};
}

}  // namespace

std::vector<std::string> shipped_names(const ShippedKind& kind) {
  std::set<std::string> names;
  for (const fs::path& place : places(kind)) {
    if (!fs::is_directory(place)) continue;
    for (const auto& file : fs::directory_iterator(place))
      if (file.path().extension() == ".toml") names.insert(file.path().stem().string());
  }
  return {names.begin(), names.end()};
}

fs::path find_shipped(const ShippedKind& kind, const std::string& name) {
  if (name.find('/') != std::string::npos || name.ends_with(".toml")) return name;
  for (const fs::path& place : places(kind))
    if (const fs::path file = place / (name + ".toml"); fs::exists(file)) return file;
  return {};
}

std::string why_not_shipped(const ShippedKind& kind) {
  std::vector<std::string> sought;
  for (const fs::path& place : places(kind)) sought.push_back(place.lexically_normal().string());
  const auto names = shipped_names(kind);
  const std::string known = names.empty() ? "none found" : "known: " + join(names, ", ");
  return known + "; sought in " + join(sought, ", ");
}

}  // namespace acrtc::app
