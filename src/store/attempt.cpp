#include "attempt.hpp"

#include <hdf5.h>

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

#include "acrtc/base/error.hpp"
#include "node.hpp"

namespace acrtc::store {
namespace {

struct Reason {
  std::string why, suggestion = {};
  bool of_content = false;  ///< the file does not hold what a writer has put there
};

/// What one function inside the library said of a failure.
struct Complaint {
  std::string line;
  bool of_memory;
};

herr_t collect(unsigned, const H5E_error2_t* entry, void* stack) {
  const bool of_memory = entry->maj_num == H5E_RESOURCE && entry->min_num == H5E_NOSPACE;
  static_cast<std::vector<Complaint>*>(stack)->push_back({entry->desc ? entry->desc : "", of_memory});
  return 0;
}

/// The library's error stack, the innermost function first.
std::vector<Complaint> error_stack() {
  std::vector<Complaint> stack;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, collect, &stack);
  return stack;
}

/// The operating system's own words, which the file driver quotes as: errno = 28, error message = 'No space left'.
std::string system_message(const std::string& line) {
  static constexpr std::string_view mark = "error message = '";
  const auto begin = line.find(mark);
  if (begin == std::string::npos) return "";
  const auto end = line.find('\'', begin + mark.size());
  return line.substr(begin + mark.size(), end - begin - mark.size());
}

Reason reason(const std::vector<Complaint>& stack) {
  static const struct {
    const char* phrase;
    Reason reason;
  } known[] = {
      {"file signature not found", {"it is not an HDF5 file"}},
      {"truncated file", {.why = "it is cut short", .of_content = true}},
      {"already open for write", {"its writer runs or was killed", "repair it first"}},
      {"not already open for SWMR", {"its writer runs or was killed before it had written a row"}},
      {"checksum", {.why = "it is damaged", .of_content = true}},
      {"addr overflow", {.why = "it is cut short", .of_content = true}},
  };
  for (const auto& [line, of_memory] : stack)
    if (auto message = system_message(line); !message.empty()) return {std::move(message)};
  for (const auto& [line, of_memory] : stack)
    for (const auto& [phrase, reason] : known)
      if (line.find(phrase) != std::string::npos) return reason;
  return {stack.empty() ? "HDF5 gives no reason" : stack.front().line};
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
  const auto stack = error_stack();
  if (std::ranges::any_of(stack, &Complaint::of_memory)) {
    if (writes_) writes_->abandon();
    throw std::bad_alloc();
  }
  const auto [why, suggestion, of_content] = reason(stack);
  fail(writes_ && of_content ? "others have cut or altered it" : why, suggestion);
}

void Attempt::fail(std::string_view why, std::string_view suggestion) const {
  if (writes_) writes_->abandon();
  throw UserError("cannot " + action_ + " " + subject_, why, suggestion);
}

}  // namespace acrtc::store
