#include "node.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "acrtc/base/error.hpp"

namespace acrtc::store {
namespace {

void require_open(const OpenFile& file) {
  require(file.phase != OpenFile::Phase::closed, "'" + file.path + "' is used after it was closed");
}

void require_writable(const Attempt& attempt, const OpenFile& file) {
  require_open(file);
  require(file.phase != OpenFile::Phase::reading, "'" + file.path + "' is written but was opened to be read");
  if (file.phase == OpenFile::Phase::broken) attempt.fail("an earlier write to the file failed");
}

}  // namespace

OpenFile::~OpenFile() {
  enter_library();
  if (writable() && H5Fflush(id, H5F_SCOPE_LOCAL) < 0) abandon();
  close();
}

void OpenFile::abandon() {
  phase = Phase::broken;
  void* handle = nullptr;
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nowhere >= 0 && H5Fget_vfd_handle(id, H5P_DEFAULT, &handle) >= 0) dup2(nowhere, *static_cast<int*>(handle));
  if (nowhere >= 0) ::close(nowhere);
}

void OpenFile::close() {
  if (phase == Phase::closed) return;
  enter_library();
  phase = Phase::closed;
  H5Fclose(id);
}

Attempt Node::reading(std::string_view action) const {
  require_open(*file);
  return {action, describe()};
}

Attempt Node::writing(std::string_view action) const {
  Attempt attempt(action, describe(), file.get());
  require_writable(attempt, *file);
  return attempt;
}

Attempt Node::creating(std::string_view action) const {
  require(file->phase != OpenFile::Phase::streaming,
          "cannot " + std::string(action) + " " + describe() + ": everything is made before streaming starts");
  return writing(action);
}

Handle text_type() {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

}  // namespace acrtc::store
