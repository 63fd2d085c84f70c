#include "output_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "acrtc/base/error.hpp"

namespace acrtc::app {

void check_output(const std::filesystem::path& path, store::Existing existing) {
  const std::string problem = "cannot write '" + path.string() + "'";
  if (std::filesystem::is_directory(path)) throw UserError(problem, "it is a folder");
  if (existing == store::Existing::refuse && std::filesystem::exists(path))
    throw UserError(problem, "it exists", "give another name, or pass --overwrite?");
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw UserError(problem, "no folder '" + folder.string() + "': " + error.message());
  if (access(folder.c_str(), W_OK) != 0)
    throw UserError(problem, "folder '" + folder.string() + "': " + std::strerror(errno));
}

std::filesystem::path sibling(const std::filesystem::path& path, const std::string& kind) {
  auto result = path;
  return result.replace_extension("." + kind + ".h5");
}

}  // namespace acrtc::app
