#include "acrtc/record/checkpoint.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "acrtc/base/error.hpp"
#include "durable_file.hpp"

namespace acrtc::record {
namespace {

constexpr const char* extension = ".checkpoint";

std::string file_name(std::int64_t step) {
  char text[48];
  std::snprintf(text, sizeof text, "step-%010lld%s", static_cast<long long>(step), extension);
  return text;
}

bool is_step_file(const std::filesystem::path& path) {
  return path.extension() == extension && path.filename().string().starts_with("step-");
}

bool is_ours(const std::filesystem::path& path) {
  auto whole = path;
  if (path.extension() == unfinished) whole.replace_extension();
  return is_step_file(whole) || whole.filename() == "best.checkpoint";
}

std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) files.push_back(entry.path());
  return files;
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw UserError("cannot make folder '" + folder.string() + "'", error.message());
}

}  // namespace

std::vector<std::byte> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::vector<std::byte> bytes;
  if (file) bytes.resize(static_cast<std::size_t>(std::max<std::streamoff>(0, file.tellg())));
  if (file.seekg(0)) file.read(reinterpret_cast<char*>(bytes.data()), std::ssize(bytes));
  if (!file) throw UserError("cannot read '" + path.string() + "'", "it is missing, no file or not readable");
  return bytes;
}

Checkpoint read_checkpoint(const std::filesystem::path& path) { return decode(read_file(path), path.string()); }

std::vector<std::filesystem::path> CheckpointFolder::list() const {
  auto files = files_of(folder_);
  std::erase_if(files, [](const auto& file) { return !is_step_file(file); });
  std::ranges::sort(files, std::ranges::greater());
  return files;
}

void CheckpointFolder::write(const Checkpoint& checkpoint) {
  make_folder(folder_);
  const auto written = folder_ / file_name(checkpoint.state.step);
  write_durably(written, encode(checkpoint));
  std::error_code ignored;  // one file too many harms nobody
  std::int64_t kept = 0;
  for (const auto& file : list())
    if (file > written || ++kept > keep_) std::filesystem::remove(file, ignored);
}

void CheckpointFolder::write_best(const Checkpoint& checkpoint) {
  make_folder(folder_);
  write_durably(best(), encode(checkpoint));
}

void CheckpointFolder::clear() {
  std::error_code ignored;
  for (const auto& file : files_of(folder_))
    if (is_ours(file)) std::filesystem::remove(file, ignored);
  std::filesystem::remove(folder_, ignored);
}

}  // namespace acrtc::record
