#pragma once

#include <string>
#include <string_view>

namespace acrtc::store {

struct OpenFile;

/// To be called before any call into HDF5. Keeps the library from printing errors on this thread, and from flushing at
/// exit, where it crashes on a file that could not be closed.
void enter_library();

/// One visit to HDF5. It turns the failure of a call into a UserError `cannot ACTION SUBJECT (REASON)`, or into
/// std::bad_alloc where the library got no memory. After a failed attempt to write, the file it names is abandoned.
class Attempt {
 public:
  Attempt(std::string_view action, std::string_view subject, OpenFile* writes = nullptr);

  /// Passes the result of an HDF5 call through; negative means failure. To be called right after it, as the next
  /// call into the library forgets the error.
  template <class Result>
  Result operator()(Result result) const {
    if (result < 0) fail();
    return result;
  }
  [[noreturn]] void fail() const;
  [[noreturn]] void fail(std::string_view why, std::string_view suggestion = {}) const;

 private:
  std::string action_;
  std::string subject_;
  OpenFile* writes_;
};

}  // namespace acrtc::store
