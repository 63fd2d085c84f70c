#include "acrtc/dataset/files.hpp"

#include <system_error>

#include "acrtc/base/error.hpp"

namespace acrtc::dataset {

std::filesystem::path find_file(const std::filesystem::path& directory, const std::string& name,
                                const std::string& suggestion) {
  const std::filesystem::path plain = directory / name, packed = directory / (name + ".gz");
  std::error_code unreadable;  // counts as missing: the open would fail as well
  for (const auto& path : {plain, packed})
    if (std::filesystem::exists(path, unreadable)) return path;
  if (!std::filesystem::is_directory(directory, unreadable))
    throw UserError("cannot find '" + plain.string() + "'", "no directory '" + directory.string() + "'", suggestion);
  throw UserError("cannot find '" + plain.string() + "'", "nor '" + packed.filename().string() + "' beside it",
                  suggestion);
}

void make_new_directory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  const bool empty = !error && std::filesystem::is_empty(directory, error);
  if (error) throw UserError("cannot make '" + directory.string() + "'", error.message());
  if (!empty) throw UserError("'" + directory.string() + "' is in use", "it holds files", "name a new folder");
}

}  // namespace acrtc::dataset
