#pragma once

#include <hdf5.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "attempt.hpp"

namespace acrtc::store {

/// Owns one HDF5 identifier.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);

  Handle(hid_t id, Close close) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept : id_(other.id_), close_(other.close_) { other.id_ = H5I_INVALID_HID; }
  Handle& operator=(Handle&&) = delete;
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
  Close close_;
};

/// A file and how far its life has come.
struct OpenFile {
  enum class Phase { reading, creating, streaming, broken, closed };

  OpenFile(std::string file_path, hid_t file_id, Phase begin);
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile();

  bool writable() const { return phase == Phase::creating || phase == Phase::streaming; }
  /// After a failed write: turns all that HDF5 still holds back away from the disk. Were it written while closing, it
  /// could end in a file that nobody can read; so the file stays as a crash would have left it.
  void abandon();
  /// To be called on a flushed or abandoned file: nothing is left that could fail and matter.
  void close();

  std::string path;
  hid_t id;
  Phase phase;
  int descriptor = -1;          ///< a writer's: leads to the file whatever becomes of its name and of `id`
  std::int64_t least_size = 0;  ///< that the file had when it was last looked at
  std::string rescued;          ///< where its contents are, since it had lost its name
};

/// An open group or dataset.
struct Node {
  Node(std::shared_ptr<OpenFile> in, Handle handle, std::string path)
      : file(std::move(in)), id(std::move(handle)), name(std::move(path)) {}

  std::string describe() const { return "'" + name + "' of '" + file->path + "'"; }

  /// The way to the library for each kind of call; each throws where the file's phase forbids it.
  Attempt reading(std::string_view action) const;
  Attempt writing(std::string_view action) const;   ///< data of what exists
  Attempt creating(std::string_view action) const;  ///< objects and attributes

  std::shared_ptr<OpenFile> file;  // before id: the object closes first
  Handle id;
  std::string name;
};

/// Variable-length UTF-8, the kind of text that h5py reads as str.
Handle text_type();
/// The texts of an attribute or dataset; `read` fills a buffer of memory type `type`.
template <class Read>
std::vector<std::string> read_variable_text(hid_t type, hid_t space, Read read) {
  std::vector<char*> pointers(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)), nullptr);
  std::vector<std::string> texts;
  if (pointers.empty()) return texts;
  read(pointers.data());
  for (const char* pointer : pointers) texts.emplace_back(pointer ? pointer : "");
  H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers.data());
  return texts;
}

}  // namespace acrtc::store
