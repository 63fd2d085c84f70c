#include "acrtc/dataset/image_list.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <system_error>

#include "acrtc/base/error.hpp"
#include "acrtc/dataset/dataset.hpp"
#include "byte_stream.hpp"

namespace acrtc::dataset {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view suggestion = "data/README.md shows how the files should lie";

/// The entries of a folder that `keep` accepts, sorted.
template <class Keep>
std::vector<std::string> entries(const fs::path& folder, const Keep& keep) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (keep(entry)) names.push_back(entry.path().filename().string());
  if (error) throw UserError("cannot list '" + folder.string() + "'", error.message(), suggestion);
  std::ranges::sort(names);
  return names;
}

bool is_image(const fs::directory_entry& entry) { return is_jpeg_ending(entry.path().extension().string()); }

bool is_folder(const fs::directory_entry& entry) {
  std::error_code error;
  return entry.is_directory(error);
}

std::int32_t parse_label(std::string_view text, const LineReader& lines) {
  std::int32_t label = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), label);
  if (error != std::errc{} || end != text.data() + text.size() || label < 0 || label >= most_classes)
    lines.fail("label '" + printable(text) + "' is no integer from 0 to " + std::to_string(most_classes - 1));
  return label;
}

}  // namespace

bool is_jpeg_ending(std::string_view ending) {
  const auto is = [&](std::string_view known) {
    return std::ranges::equal(ending, known, [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
  };
  return is(".jpg") || is(".jpeg");
}

void ImageList::add(std::string_view name, std::int32_t label) {
  names_ += name;
  ends_.push_back(names_.size());
  labels_.push_back(label);
}

fs::path ImageList::path(std::int64_t i) const {
  const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
  return root_ / names_.substr(begin, ends_[i] - begin);
}

std::vector<std::string> class_folders(const fs::path& root) {
  auto names = entries(root, is_folder);
  if (names.empty()) throw UserError("'" + root.string() + "' holds no folder a class", {}, suggestion);
  return names;
}

ImageList list_folders(const fs::path& root, const std::vector<std::string>& classes) {
  for (const std::string& folder : class_folders(root))
    if (!std::ranges::binary_search(classes, folder))
      throw UserError("'" + (root / folder).string() + "' is of no class",
                      "there are no training images of '" + folder + "'");
  ImageList list(root);
  for (std::size_t label = 0; label < classes.size(); ++label) {
    const auto images = entries(root / classes[label], is_image);
    if (images.empty()) throw UserError("'" + (root / classes[label]).string() + "' holds no .JPEG or .jpg file");
    for (const std::string& image : images) list.add(classes[label] + "/" + image, static_cast<std::int32_t>(label));
  }
  return list;
}

ImageList read_image_list(const fs::path& file, const fs::path& root) {
  ImageList list(root);
  LineReader lines(file, "lines of a file name and a label");
  while (const auto line = lines.next_content()) {
    const auto blank = line->find_last_of(" \t");
    if (blank == std::string_view::npos || blank == 0)
      lines.fail("'" + printable(*line) + "' is no file name and label");
    const auto name_end = line->find_last_not_of(" \t", blank);
    if (name_end == std::string_view::npos) lines.fail("there is no file name before the label");
    list.add(line->substr(0, name_end + 1), parse_label(line->substr(blank + 1), lines));
  }
  if (list.size() == 0) lines.fail("the file lists no images");
  return list;
}

}  // namespace acrtc::dataset
