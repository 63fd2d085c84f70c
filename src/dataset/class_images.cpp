#include <algorithm>
#include <cmath>
#include <system_error>

#include "acrtc/base/error.hpp"
#include "acrtc/base/random.hpp"
#include "acrtc/dataset/image_crop.hpp"
#include "acrtc/dataset/image_list.hpp"
#include "acrtc/dataset/jpeg.hpp"
#include "acrtc/dataset/synth.hpp"
#include "file_bytes.hpp"

namespace acrtc::dataset {
namespace {

namespace fs = std::filesystem;

/// The dataset `synthetic` as bytes.
class Patterns : public ClassImages {
 public:
  Patterns(const SynthRequest& request, const SampleShape& shape, std::int64_t classes) {
    const auto& entry = Registry<Dataset>::instance().find("synthetic");
    Table table;
    const auto set = [&](const char* key, std::int64_t value) { table.set(key, Value(Value::Data(value))); };
    set("channels", shape.channels), set("height", shape.height), set("width", shape.width);
    set("classes", classes), set("train_samples", request.train_samples), set("test_samples", request.test_samples);
    table.set("noise", Value(Value::Data(0.3)));
    patterns_ = entry.make(Settings("synthetic", table, entry.schema), request.seed);
  }

  void draw(Split split, std::int64_t n, std::span<std::uint8_t> planes) const override {
    constexpr float grey = 128, contrast = 45;
    std::vector<float> values(planes.size());
    patterns_->read({split, n, 0}, values);
    std::ranges::transform(values, planes.begin(), [](float value) {
      return static_cast<std::uint8_t>(std::clamp(grey + contrast * value, 0.0F, 255.0F));
    });
  }

 private:
  std::unique_ptr<Dataset> patterns_;
};

/// Photographs of one class, shrunk to what cuts need.
using Album = std::vector<Image>;

bool is_jpeg(const fs::path& path) { return is_jpeg_ending(path.extension().string()); }

Image load(const fs::path& path) {
  constexpr std::int64_t enough = 512;  // shorter side: samples are at most half of it
  std::vector<std::uint8_t> bytes;
  read_file(path, bytes);
  JpegDecoder decoder;
  const ImageSize size = decoder.open(bytes, path.string());
  Image image;
  decoder.decode(shrink_for({0, 0, size.width, size.height}, enough), image);
  return image;
}

std::vector<fs::path> sorted(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder, error)) paths.push_back(entry.path());
  if (error) throw UserError("cannot list '" + folder.string() + "'", error.message());
  std::ranges::sort(paths);
  return paths;
}

/// Everything in `folder` that can be a class, at most `classes` of them.
std::vector<Album> load_albums(const fs::path& folder, std::int64_t classes) {
  std::vector<Album> albums;
  for (const fs::path& path : sorted(folder)) {
    if (std::ssize(albums) == classes) break;
    Album album;
    if (fs::is_directory(path)) {
      for (const fs::path& inner : sorted(path))
        if (is_jpeg(inner)) album.push_back(load(inner));
    } else if (is_jpeg(path)) {
      album.push_back(load(path));
    }
    if (!album.empty()) albums.push_back(std::move(album));
  }
  if (albums.empty()) throw UserError("'" + folder.string() + "' holds no photographs", "no .jpg, .jpeg or .JPEG file");
  return albums;
}

class Photos : public ClassImages {
 public:
  Photos(const SynthRequest& request, const SampleShape& shape, std::int64_t classes)
      : albums_(load_albums(request.photos, classes)),
        random_(request.seed, RandomStream::synthetic_data),
        shape_(shape),
        classes_(classes) {}

  void draw(Split split, std::int64_t n, std::span<std::uint8_t> planes) const override {
    const std::int64_t label = n % classes_, albums = std::ssize(albums_);
    const Album& album = albums_[label % albums];
    const auto uniform = [&](std::uint32_t draw) {
      return random_.uniform(split == Split::train ? 0 : 1, static_cast<std::uint32_t>(n), draw);
    };
    const Image& photo = album[static_cast<std::size_t>(uniform(0) * static_cast<float>(album.size()))];
    const Box strip = strip_of(photo.size, label / albums, (classes_ + albums - 1) / albums);
    const double scale = 0.3 + 0.4 * uniform(1);  // of the strip's shorter side
    const double fit = scale * std::min(static_cast<double>(strip.width) / static_cast<double>(shape_.width),
                                        static_cast<double>(strip.height) / static_cast<double>(shape_.height));
    const auto length = [&](std::int64_t pixels) {
      return std::max<std::int64_t>(1, static_cast<std::int64_t>(fit * static_cast<double>(pixels)));
    };
    Box box{0, 0, length(shape_.width), length(shape_.height)};
    box.left = strip.left + static_cast<std::int64_t>(uniform(2) * static_cast<float>(strip.width - box.width + 1));
    box.top = static_cast<std::int64_t>(uniform(3) * static_cast<float>(strip.height - box.height + 1));
    average(photo, box, planes);
  }

 private:
  /// Strip `s` of `strips` side by side.
  static Box strip_of(const ImageSize& size, std::int64_t s, std::int64_t strips) {
    if (strips > size.width) throw UserError("the photographs are too narrow", "fewer columns than classes to cut");
    const std::int64_t begin = size.width * s / strips, end = size.width * (s + 1) / strips;
    return {begin, 0, end - begin, size.height};
  }

  /// The mean over the part of `box` that each sample pixel covers.
  void average(const Image& photo, const Box& box, std::span<std::uint8_t> planes) const {
    for (std::int64_t y = 0; y < shape_.height; ++y) {
      const Range rows = part(box.top, box.height, y, shape_.height);
      for (std::int64_t x = 0; x < shape_.width; ++x) {
        const Range columns = part(box.left, box.width, x, shape_.width);
        std::int64_t sums[Image::pixel_bytes] = {};
        for (std::int64_t r = rows.begin; r < rows.end; ++r)
          for (std::int64_t i = Image::pixel_bytes * columns.begin; i < Image::pixel_bytes * columns.end; ++i)
            sums[i % Image::pixel_bytes] += photo.row(r)[i];
        put(sums, rows.size() * columns.size(), y * shape_.width + x, planes);
      }
    }
  }

  static Range part(std::int64_t begin, std::int64_t length, std::int64_t i, std::int64_t parts) {
    const std::int64_t first = begin + length * i / parts;
    return {first, std::max(first + 1, begin + length * (i + 1) / parts)};
  }

  void put(const std::int64_t (&sums)[4], std::int64_t count, std::int64_t pixel,
           std::span<std::uint8_t> planes) const {
    const std::int64_t pixels = shape_.height * shape_.width;
    if (shape_.channels == 1) {  // luma of ITU-R BT.601
      planes[pixel] = static_cast<std::uint8_t>((299 * sums[0] + 587 * sums[1] + 114 * sums[2]) / (1000 * count));
      return;
    }
    for (std::int64_t c = 0; c < 3; ++c) planes[c * pixels + pixel] = static_cast<std::uint8_t>(sums[c] / count);
  }

  std::vector<Album> albums_;
  Random random_;
  SampleShape shape_;
  std::int64_t classes_;
};

}  // namespace

std::unique_ptr<ClassImages> class_images(const SynthRequest& request, const SampleShape& shape, std::int64_t classes) {
  require(shape.channels == 1 || shape.channels == 3, "images are grey or colour");
  if (request.photos.empty()) return std::make_unique<Patterns>(request, shape, classes);
  return std::make_unique<Photos>(request, shape, classes);
}

}  // namespace acrtc::dataset
