#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "acrtc/store/group.hpp"

namespace acrtc::store {

struct OpenFile;

/// What to do where a file to be created exists.
enum class Existing {
  refuse,   ///< UserError
  replace,  ///< unlink it first: whoever has it open keeps the old one
};

/// How to read a file.
enum class Access {
  read,    ///< a finished file of any origin; refuses one whose writer runs or was killed
  follow,  ///< a file of ours, finished or not: beside its running writer (SWMR) and after its death
};

/// An HDF5 file. Its life as a writer: created; objects are made and filled; then, for a log, start_streaming() fixes
/// what exists and rows are appended and flushed, each flush being safe against a crash of the program.
/// The file stays open until close(), or until this and every group and dataset of it are gone.
/// All calls throw UserError with the file's name and the reason: missing, no HDF5 file, damaged, no permission,
/// exists, disk full. After a failed write the file is left as a crash would leave it: what was flushed stays readable
/// and further writes throw.
class File {
 public:
  static File create(const std::filesystem::path& path, Existing existing = Existing::refuse);
  /// A damaged file fails within milliseconds, also where HDF5 would retry for ever.
  static File open(const std::filesystem::path& path, Access access = Access::read);

  std::filesystem::path path() const;
  /// Bytes of the file as it is now.
  std::int64_t size() const;
  /// Throws UserError where others have cut the file since the last call, or its path leads to it no more: what is
  /// written from here on would be lost. What a removed file holds gets its path again first, or, where something else
  /// lies there, a path with `.rescued` behind it. Of a writer, also after a failed write and after close().
  void check_in_place();
  /// Gives a file that is synced another path, for good, also in messages.
  void move(const std::filesystem::path& to);
  Group root() const;

  /// From here on nothing is created; rows are appended, values overwritten, and others may follow.
  void start_streaming();
  /// Hands everything to the disk itself: safe against power loss, takes milliseconds.
  void sync();
  /// Writes what is left and closes. Groups and datasets of this file are dead from here on.
  void close();

 private:
  explicit File(std::shared_ptr<OpenFile> file) : file_(std::move(file)) {}
  std::shared_ptr<OpenFile> file_;
};

/// To be called by whoever uses HDF5 on several threads, even one file a thread: the library keeps books for all files
/// together. Throws UserError where it was not built for that.
void require_thread_safety();

/// `HDF5 1.10.8`
std::string library_version();

}  // namespace acrtc::store
