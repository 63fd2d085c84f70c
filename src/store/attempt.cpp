#include "attempt.hpp"

#include <hdf5.h>

#include <utility>
#include <vector>

#include "acrtc/base/error.hpp"
#include "node.hpp"

namespace acrtc::store {
namespace {

struct Reason {
  std::string why, suggestion;
};

herr_t collect(unsigned, const H5E_error2_t* entry, void* lines) {
  if (entry->desc) static_cast<std::vector<std::string>*>(lines)->emplace_back(entry->desc);
  return 0;
}

/// The library's error stack, the innermost function first.
std::vector<std::string> error_stack() {
  std::vector<std::string> lines;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, collect, &lines);
  return lines;
}

/// The operating system's own words, which the file driver quotes as: errno = 28, error message = 'No space left'.
std::string system_message(const std::string& line) {
  static constexpr std::string_view mark = "error message = '";
  const auto begin = line.find(mark);
  if (begin == std::string::npos) return "";
  const auto end = line.find('\'', begin + mark.size());
  return line.substr(begin + mark.size(), end - begin - mark.size());
}

Reason reason() {
  static const struct {
    const char* phrase;
    Reason reason;
  } known[] = {
      {"file signature not found", {"it is not an HDF5 file", ""}},
      {"truncated file", {"it is cut short", ""}},
      {"already open for write", {"its writer runs or was killed", "repair it first"}},
      {"not already open for SWMR", {"its writer runs or was killed before it had written a row", ""}},
      {"checksum", {"it is damaged", ""}},
      {"addr overflow", {"it is cut short", ""}},
  };
  const auto lines = error_stack();
  for (const auto& line : lines)
    if (auto message = system_message(line); !message.empty()) return {std::move(message), ""};
  for (const auto& line : lines)
    for (const auto& [phrase, reason] : known)
      if (line.find(phrase) != std::string::npos) return reason;
  return {lines.empty() ? "HDF5 gives no reason" : lines.front(), ""};
}

}  // namespace

void enter_library() {
  [[maybe_unused]] static const herr_t once = H5dont_atexit();
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Attempt::Attempt(std::string_view action, std::string_view subject, OpenFile* writes)
    : action_(action), subject_(subject), writes_(writes) {
  enter_library();
}

void Attempt::fail() const {
  const auto [why, suggestion] = reason();
  fail(why, suggestion);
}

void Attempt::fail(std::string_view why, std::string_view suggestion) const {
  if (writes_) writes_->abandon();
  throw UserError("cannot " + action_ + " " + subject_, why, suggestion);
}

}  // namespace acrtc::store
