#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace acrtc::app {

/// TOML files that come with the program and are called by name. They lie in a folder of the working directory, of the
/// installation, or of the source tree that the program was built in; the first place that has a name wins.
struct ShippedKind {
  const char* noun;
  const char* in_project;  ///< the folder, from the root of the project
  const char* installed;   ///< the folder, from that of the installed program
};

inline constexpr ShippedKind configurations{"configuration", "configs", "../share/acrtc/configs"};
inline constexpr ShippedKind accelerators{"accelerator", "configs/hardware", "../share/acrtc/hardware"};
inline constexpr ShippedKind interconnects{"interconnect", "configs/interconnect", "../share/acrtc/interconnect"};

/// Names that files of this kind have, sorted.
std::vector<std::string> shipped_names(const ShippedKind& kind);
/// The file that is called `name`, or at the path `name` (anything with a slash or ending in .toml); empty where no
/// file is called so.
std::filesystem::path find_shipped(const ShippedKind& kind, const std::string& name);
/// Why there is none: the known names and the places where it was sought.
std::string why_not_shipped(const ShippedKind& kind);

}  // namespace acrtc::app
