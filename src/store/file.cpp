#include "acrtc/store/file.hpp"

#include <hdf5.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "acrtc/base/error.hpp"
#include "acrtc/store/copy.hpp"
#include "node.hpp"

namespace acrtc::store {
namespace {

// A reader beside a writer tries a block again whose checksum does not fit; the waits double. 20 take 4 ms, the
// library's own 100 last for ever.
constexpr unsigned read_attempts = 20;

std::string in_quotes(const std::filesystem::path& path) { return "'" + path.string() + "'"; }

Handle access_properties(const Attempt& attempt) {
  Handle properties(attempt(H5Pcreate(H5P_FILE_ACCESS)), H5Pclose);
  // Closing a file closes what is in it, so that no forgotten handle keeps it open.
  attempt(H5Pset_fclose_degree(properties, H5F_CLOSE_STRONG));
  // The library locks a file once it is there: a reader that waits for it may come in between, and creating would fail.
  attempt(H5Pset_file_locking(properties, false, true));
  return properties;
}

Handle file_creation_properties(const Attempt& attempt) {
  Handle properties(attempt(H5Pcreate(H5P_FILE_CREATE)), H5Pclose);
  attempt(H5Pset_link_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
  return properties;
}

struct stat facts_of(const Attempt& attempt, int descriptor) {
  struct stat facts {};
  if (fstat(descriptor, &facts) != 0) attempt.fail(std::strerror(errno));
  return facts;
}

bool leads_to(const std::string& path, const struct stat& file) {
  struct stat there {};
  if (::stat(path.c_str(), &there) != 0) return errno != ENOENT && errno != ENOTDIR;  // else it may well be there
  return there.st_dev == file.st_dev && there.st_ino == file.st_ino;
}

/// Saves an open file that has lost its name; where to, or nothing where that fails.
std::string rescue(const OpenFile& file) {
  std::error_code error;
  const std::string rescued = std::filesystem::exists(file.path, error) ? file.path + ".rescued" : file.path;
  std::filesystem::copy_file("/proc/self/fd/" + std::to_string(file.descriptor), rescued, error);
  return error ? "" : rescued;
}

}  // namespace

File File::create(const std::filesystem::path& path, Existing existing) {
  const Attempt attempt("create", in_quotes(path));
  if (existing == Existing::replace) {
    std::error_code error;
    std::filesystem::remove(path, error);
    if (error) attempt.fail(error.message());
  }
  const Handle access = access_properties(attempt);
  attempt(H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110));
  const Handle creation = file_creation_properties(attempt);
  const hid_t id = attempt(H5Fcreate(path.c_str(), H5F_ACC_EXCL, creation, access));
  return File(std::make_shared<OpenFile>(path.string(), id, OpenFile::Phase::creating));
}

File File::open(const std::filesystem::path& path, Access mode) {
  const Attempt attempt("open", in_quotes(path));
  const Handle access = access_properties(attempt);
  unsigned flags = H5F_ACC_RDONLY;
  if (mode == Access::follow) {
    flags |= H5F_ACC_SWMR_READ;
    attempt(H5Pset_metadata_read_attempts(access, read_attempts));
  }
  const hid_t id = attempt(H5Fopen(path.c_str(), flags, access));
  return File(std::make_shared<OpenFile>(path.string(), id, OpenFile::Phase::reading));
}

std::filesystem::path File::path() const { return file_->path; }

std::int64_t File::size() const {
  const Attempt attempt("open", in_quotes(file_->path));
  hsize_t bytes = 0;
  attempt(H5Fget_filesize(file_->id, &bytes));
  return static_cast<std::int64_t>(bytes);
}

Group File::root() const {
  require(file_->phase != OpenFile::Phase::closed, "'" + file_->path + "' is used after it was closed");
  const Attempt attempt("open", in_quotes(file_->path));
  Handle id(attempt(H5Gopen2(file_->id, "/", H5P_DEFAULT)), H5Gclose);
  return Group(std::make_shared<const Node>(file_, std::move(id), "/"));
}

void File::start_streaming() {
  require(file_->phase == OpenFile::Phase::creating, "'" + file_->path + "' cannot start streaming");
  const Attempt attempt("write", in_quotes(file_->path), file_.get());
  attempt(H5Fstart_swmr_write(file_->id));
  file_->phase = OpenFile::Phase::streaming;
}

void File::sync() {
  const Attempt attempt("write", in_quotes(file_->path), file_.get());
  require(file_->writable(), "'" + file_->path + "' is not being written");
  attempt(H5Fflush(file_->id, H5F_SCOPE_LOCAL));
  if (fsync(file_->descriptor) != 0) attempt.fail(std::strerror(errno));
  file_->least_size = size();  // flushing cuts what the library had in reserve
}

void File::check_in_place() {
  const Attempt attempt("write", in_quotes(file_->path), file_.get());
  require(file_->phase != OpenFile::Phase::reading, "'" + file_->path + "' is not being written");
  const struct stat file = facts_of(attempt, file_->descriptor);
  if (file.st_size < file_->least_size)
    attempt.fail("others have cut it from " + std::to_string(file_->least_size) + " to " +
                 std::to_string(file.st_size) + " bytes");
  file_->least_size = file.st_size;
  if (leads_to(file_->path, file)) return;
  if (file_->rescued.empty()) file_->rescued = rescue(*file_);
  attempt.fail(
      "others have removed or replaced it",
      file_->rescued.empty() ? "" : "its rows are now in '" + file_->rescued + "', go on from there with --resume");
}

void File::move(const std::filesystem::path& to) {
  rename_durably(file_->path, to);
  file_->path = to.string();
}

void File::close() {
  const Attempt attempt("close", in_quotes(file_->path), file_.get());
  const bool written = file_->writable();
  if (written) attempt(H5Fflush(file_->id, H5F_SCOPE_LOCAL));
  file_->close();
  if (written) file_->least_size = facts_of(attempt, file_->descriptor).st_size;  // the library's reserve is gone
}

void require_thread_safety() {
  const Attempt attempt("use", "HDF5 on several threads");
  hbool_t safe = false;
  attempt(H5is_library_threadsafe(&safe));
  if (!safe) attempt.fail("this library was built without --enable-threadsafe", "Debian's libhdf5 is built with it");
}

std::string library_version() {
  enter_library();
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return "HDF5 " + std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release);
}

}  // namespace acrtc::store
