#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace acrtc::dataset {

/// Is this the ending of JPEG files: .jpg or .jpeg, in letters of any case (ImageNet's are called .JPEG)?
bool is_jpeg_ending(std::string_view ending);

/// Names of image files with their labels: all that is kept of a data set of any size, about 40 bytes an image.
class ImageList {
 public:
  explicit ImageList(std::filesystem::path root) : root_(std::move(root)) {}

  void add(std::string_view name, std::int32_t label);
  std::int64_t size() const { return static_cast<std::int64_t>(labels_.size()); }
  std::filesystem::path path(std::int64_t i) const;
  std::int32_t label(std::int64_t i) const { return labels_[i]; }
  const std::vector<std::int32_t>& labels() const { return labels_; }

 private:
  std::filesystem::path root_;
  std::string names_;              ///< one after the other, relative to root_
  std::vector<std::size_t> ends_;  ///< of each name
  std::vector<std::int32_t> labels_;
};

/// The names of the folders in `root`, sorted: the classes. Throws UserError where there are none.
std::vector<std::string> class_folders(const std::filesystem::path& root);

/// Every JPEG file, by its ending, of the folders `classes` of `root`, sorted; its label is its folder's place.
/// Throws UserError where a class has no folder or no image, or where `root` holds a folder that is no class.
ImageList list_folders(const std::filesystem::path& root, const std::vector<std::string>& classes);

/// Lines `NAME LABEL` as Caffe's train.txt and val.txt have them; names are relative to `root`. Empty lines may stand
/// at the end alone. Throws UserError naming file and line where there is no label from 0 to 2^24 - 1, and where there
/// are no lines.
ImageList read_image_list(const std::filesystem::path& file, const std::filesystem::path& root);

}  // namespace acrtc::dataset
