#include "node.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "acrtc/base/error.hpp"

namespace acrtc::store {
namespace {

/// HDF5's own, where the file has one.
int* descriptor_of(hid_t file) {
  void* handle = nullptr;
  return H5Fget_vfd_handle(file, H5P_DEFAULT, &handle) < 0 ? nullptr : static_cast<int*>(handle);
}

void require_open(const OpenFile& file) {
  require(file.phase != OpenFile::Phase::closed, "'" + file.path + "' is used after it was closed");
}

void require_writable(const Attempt& attempt, const OpenFile& file) {
  require_open(file);
  require(file.phase != OpenFile::Phase::reading, "'" + file.path + "' is written but was opened to be read");
  if (file.phase == OpenFile::Phase::broken) attempt.fail("an earlier write to the file failed");
}

}  // namespace

OpenFile::OpenFile(std::string file_path, hid_t file_id, Phase begin)
    : path(std::move(file_path)), id(file_id), phase(begin) {
  const int* own = begin == Phase::reading ? nullptr : descriptor_of(id);
  if (own) descriptor = fcntl(*own, F_DUPFD_CLOEXEC, 0);
}

OpenFile::~OpenFile() {
  enter_library();
  if (writable() && H5Fflush(id, H5F_SCOPE_LOCAL) < 0) abandon();
  close();
  if (descriptor >= 0) ::close(descriptor);
}

void OpenFile::abandon() {
  if (phase == Phase::closed) return;
  phase = Phase::broken;
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const int* own = descriptor_of(id);
  if (nowhere >= 0 && own) dup2(nowhere, *own);
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
