#include "output_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "acrtc/base/error.hpp"
#include "acrtc/store/copy.hpp"

namespace acrtc::app {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

std::string problem(const fs::path& path) { return "cannot write '" + path.string() + "'"; }

/// What lies at `place` on the way to `path`. Throws UserError where the system cannot say, as for too long a name.
fs::file_type type_at(const fs::path& place, const fs::path& path) {
  std::error_code error;
  const fs::file_type type = fs::status(place, error).type();
  if (type == fs::file_type::none) throw UserError(problem(path), error.message());
  return type;
}

/// The folder that a file needs, or of the missing ones on the way to it the first can be made.
void check_folder(const fs::path& path) {
  fs::path folder = folder_of(path);
  fs::file_type type;
  while ((type = type_at(folder, path)) == fs::file_type::not_found && folder != folder_of(folder))
    folder = folder_of(folder);
  if (type != fs::file_type::directory) throw UserError(problem(path), "'" + folder.string() + "' is no folder");
  if (access(folder.c_str(), W_OK) != 0)
    throw UserError(problem(path), "folder '" + folder.string() + "': " + std::strerror(errno));
}

/// By name where they do not exist yet, else also by what links lead to.
bool are_one_file(const fs::path& a, const fs::path& b) {
  std::error_code ignored;  // what cannot be resolved is no file that exists
  return fs::weakly_canonical(a, ignored) == fs::weakly_canonical(b, ignored) || fs::equivalent(a, b, ignored);
}

}  // namespace

void check_output(const fs::path& path, store::Existing existing) {
  const fs::file_type type = type_at(path, path);
  if (type == fs::file_type::directory) throw UserError(problem(path), "it is a folder");
  if (existing == store::Existing::refuse && type != fs::file_type::not_found)
    throw UserError(problem(path), "it exists", "give another name, or pass --overwrite?");
  check_folder(path);
}

void check_outputs(const std::vector<fs::path>& paths, store::Existing existing) {
  for (auto path = paths.begin(); path != paths.end(); ++path) {
    check_output(*path, existing);
    for (auto earlier = paths.begin(); earlier != path; ++earlier)
      if (are_one_file(*earlier, *path))
        throw UserError(problem(*path), "'" + earlier->string() + "' of the same run is that file, too",
                        "give another name?");
  }
}

void make_folder_of(const fs::path& path) {
  std::error_code error;
  fs::create_directories(folder_of(path), error);
  if (error) throw UserError(problem(path), "no folder '" + folder_of(path).string() + "': " + error.message());
}

void remove_unfinished(const fs::path& path) {
  const std::string begin = path.filename().string() + store::unfinished;
  std::error_code ignored;  // one file too many harms nobody
  for (const auto& entry : fs::directory_iterator(folder_of(path), ignored)) {
    const std::string name = entry.path().filename().string();
    const bool is_unfinished =
        name.starts_with(begin) && name.find_first_not_of("0123456789", begin.size()) == name.npos;
    if (is_unfinished) fs::remove(entry.path(), ignored);
  }
}

fs::path sibling(const fs::path& path, const std::string& kind) {
  auto result = path;
  return result.replace_extension("." + kind + ".h5");
}

}  // namespace acrtc::app
