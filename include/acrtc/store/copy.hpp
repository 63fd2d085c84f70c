#pragma once

#include <filesystem>
#include <functional>

#include "acrtc/store/file.hpp"

namespace acrtc::store {

/// Copies groups, datasets, attributes and dimension scales into an empty group of another file.
/// Columns of one group are cut to the least number of rows among them: a writer that died between two columns
/// leaves some one batch longer than others. Throws UserError on types that this project does not write.
void copy_contents(const Group& from, Group to, Layout layout);

/// Gives a file that is synced to the disk its name, for good: the folder is synced, too, where the file system can.
/// Throws UserError naming `to`.
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

/// How the names of unfinished files go on after that of the file they are to become; write_atomically() puts the
/// number of the process behind it.
inline constexpr const char* unfinished = ".part";

/// Replaces or makes `path` as a whole or not at all: `fill` writes a file beside it, which is synced and renamed.
/// Where anything fails, `path` is as it was and nothing is left beside it.
void write_atomically(const std::filesystem::path& path, const std::function<void(File&)>& fill);

/// Rewrites a file that is open to be read compressed (shuffle, deflate), in one piece as write_atomically does, after
/// `finish` has had its way with it. Else the result reads the same. The source may be an unfinished log, whose writer
/// must be gone; where others have removed it meanwhile, its path is there again.
void pack(const File& source, const std::function<void(File&)>& finish = {});

}  // namespace acrtc::store
