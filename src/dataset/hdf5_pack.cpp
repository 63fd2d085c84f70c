#include <algorithm>
#include <mutex>
#include <optional>
#include <string>

#include "acrtc/base/error.hpp"
#include "acrtc/dataset/pack.hpp"
#include "acrtc/store/file.hpp"
#include "crc.hpp"
#include "image_settings.hpp"
#include "pack_facts.hpp"

namespace acrtc::dataset {
namespace {

constexpr std::int64_t jpeg_row_bytes = 65536;  // a sample is two or three rows; a row is a chunk
constexpr std::int64_t most_sample_bytes = std::int64_t{1} << 30;
constexpr std::int64_t version = 1;
constexpr std::int64_t most_values_per_byte = 1032;  // what deflate can make of a byte

std::int64_t row_bytes(const StoredFormat& format) {
  if (format.encoding == Encoding::jpeg) return jpeg_row_bytes;
  return format.shape.elements() * (format.encoding == Encoding::f32 ? 4 : 1);
}

class Hdf5PackWriter : public PackWriter {
 public:
  Hdf5PackWriter(const std::filesystem::path& directory, const PackFacts& facts)
      : file_(store::File::create(directory / "pack.h5", store::Existing::replace)), row_(row_bytes(facts.format)) {
    const auto& [encoding, shape, mean, deviation] = facts.format;
    store::Group root = file_.root();
    root.set_attribute("acrtc_pack", version);
    root.set_attribute("encoding", std::string(name(encoding)));
    root.set_attribute("channels", shape.channels);
    root.set_attribute("height", shape.height);
    root.set_attribute("width", shape.width);
    root.set_attribute("classes", facts.classes);
    if (mean.empty()) return;
    root.create<double>("mean", mean, {std::ssize(mean)});
    root.create<double>("std", deviation, {std::ssize(deviation)});
  }

  void begin(Split split) override {
    end_split();
    store::Group group = file_.root().create_group(dataset::name(split));
    columns_.emplace(Columns{group.create_column("bytes", store::ElementType::u8, {row_}),
                             group.create_column("end", store::ElementType::i64),
                             group.create_column("label", store::ElementType::i64),
                             group.create_column("crc32", store::ElementType::i64)});
    end_ = 0;
  }

  void add(std::span<const std::uint8_t> bytes, std::int32_t label) override {
    end_ += std::ssize(bytes);
    const std::int64_t facts[] = {end_, label, crc32_of(bytes)};
    columns_->end.append<std::int64_t>(std::span(facts, 1));
    columns_->label.append<std::int64_t>(std::span(facts + 1, 1));
    columns_->crc32.append<std::int64_t>(std::span(facts + 2, 1));
    pending_.insert(pending_.end(), bytes.begin(), bytes.end());
    const auto whole = pending_.size() / row_ * row_;
    columns_->bytes.append<std::uint8_t>(std::span(pending_).first(whole));
    pending_.erase(pending_.begin(), pending_.begin() + whole);
  }

  void finish() override {
    end_split();
    columns_.reset();
    file_.root().set_attribute("complete", std::int64_t{1});
    file_.close();
  }

 private:
  struct Columns {
    store::Dataset bytes, end, label, crc32;
  };

  void end_split() {
    if (pending_.empty()) return;
    pending_.resize(static_cast<std::size_t>(row_));  // what is left fills a row
    columns_->bytes.append<std::uint8_t>(pending_);
    pending_.clear();
  }

  store::File file_;
  std::int64_t row_, end_ = 0;
  std::optional<Columns> columns_;
  std::vector<std::uint8_t> pending_;  ///< less than a row
};

[[noreturn]] void refuse(const store::Object& object, const std::string& why) {
  throw UserError("cannot use " + object.describe(), why);
}

/// Throws unless a dataset has `rank` dimensions, all above 0, and no more elements than its file can hold: HDF5 makes
/// up whatever the file does not, at any size.
void require_held(const store::Dataset& dataset, std::size_t rank, std::int64_t file_bytes) {
  if (dataset.rank() != rank) refuse(dataset, "it does not have " + std::to_string(rank) + " dimensions");
  const std::int64_t elements = dataset.rows() * dataset.row_elements();
  if (elements < 1) refuse(dataset, "it holds nothing");
  if (elements / most_values_per_byte > file_bytes)
    refuse(dataset, std::to_string(elements) + " elements are more than a file of " + std::to_string(file_bytes) +
                        " bytes holds");
}

/// All of a column of numbers.
template <class T>
std::vector<T> read_column(const store::Group& group, const char* name, std::int64_t file_bytes) {
  const store::Dataset column = group.dataset(name);
  require_held(column, 1, file_bytes);
  return column.read<T>();
}

/// The index of a split in memory, its bytes in the file.
struct PackedSplit {
  store::Dataset bytes;
  std::vector<std::int64_t> end, label, crc32;

  PackedSplit(const store::Group& group, std::int64_t file_bytes)
      : bytes(group.dataset("bytes")),
        end(read_column<std::int64_t>(group, "end", file_bytes)),
        label(read_column<std::int64_t>(group, "label", file_bytes)),
        crc32(read_column<std::int64_t>(group, "crc32", file_bytes)) {
    if (end.size() != label.size() || end.size() != crc32.size())
      refuse(group, "there are not as many rows of end, label and crc32");
    require_held(bytes, 2, file_bytes);
    if (bytes.type() != store::ElementType::u8 || bytes.row_elements() > most_sample_bytes)
      refuse(bytes, "its rows are not 1 to 2^30 unsigned bytes");
    const std::int64_t stored = bytes.rows() * bytes.row_elements();
    for (std::size_t i = 0; i < end.size(); ++i) {
      const std::int64_t begin = i == 0 ? 0 : end[i - 1];
      if (end[i] < begin || end[i] > stored || end[i] - begin > most_sample_bytes)
        refuse(group, "sample " + std::to_string(i) + " goes from byte " + std::to_string(begin) + " to " +
                          std::to_string(end[i]) + " of " + std::to_string(stored));
    }
  }

  void require_labels_below(std::int64_t classes, const store::File& file) const {
    const auto bad = std::ranges::find_if(label, [&](std::int64_t l) { return l < 0 || l >= classes; });
    if (bad != label.end())
      throw UserError("cannot use '" + file.path().string() + "'",
                      "sample " + std::to_string(bad - label.begin()) + ": label " + std::to_string(*bad) +
                          " is not below the number of classes, " + std::to_string(classes));
  }
};

class Hdf5Samples : public SampleStorage {
 public:
  Hdf5Samples(const store::File& file, std::int64_t classes)
      : file_(file),
        train_(file.root().group(dataset::name(Split::train)), file.size()),
        test_(file.root().group(dataset::name(Split::test)), file.size()),
        classes_(classes) {
    for (const PackedSplit* part : {&train_, &test_}) part->require_labels_below(classes, file);
    require_every_class(train_.label, classes, file.path());
  }

  std::int64_t size(Split split) const override { return std::ssize(part(split).end); }
  std::int64_t classes() const override { return classes_; }
  std::int32_t read(Split split, std::int64_t index, std::vector<std::uint8_t>& bytes) const override {
    const PackedSplit& from = part(split);
    const std::int64_t begin = index == 0 ? 0 : from.end[index - 1], end = from.end[index];
    const std::int64_t row = from.bytes.row_elements(), first = begin / row;
    {
      const std::scoped_lock lock(mutex_);
      bytes = from.bytes.read<std::uint8_t>({first, std::max(first, (end + row - 1) / row)});
    }
    bytes.resize(static_cast<std::size_t>(end - first * row));
    bytes.erase(bytes.begin(), bytes.begin() + (begin - first * row));
    check_crc32(bytes, static_cast<std::uint32_t>(from.crc32[index]), name(split, index));
    return static_cast<std::int32_t>(from.label[index]);
  }
  std::string name(Split split, std::int64_t index) const override {
    return file_.path().string() + ": " + dataset::name(split) + " sample " + std::to_string(index);
  }

 private:
  const PackedSplit& part(Split split) const { return split == Split::train ? train_ : test_; }

  store::File file_;
  PackedSplit train_, test_;
  std::int64_t classes_;
  mutable std::mutex mutex_;  ///< HDF5 reads for one thread at a time: loaders wait here, not within it
};

}  // namespace

std::unique_ptr<PackWriter> hdf5_pack_writer(const std::filesystem::path& directory, const PackFacts& facts) {
  return std::make_unique<Hdf5PackWriter>(directory, facts);
}

Pack open_hdf5_pack(const std::filesystem::path& path) {
  store::require_thread_safety();  // loaders read while the log is written
  const store::File file = store::File::open(path);
  const store::Group root = file.root();
  const std::string problem = "cannot use '" + path.string() + "' as a pack";
  if (!root.has_attribute("acrtc_pack") || !root.has_attribute("complete"))
    throw UserError(problem, "it was not written by acrtc pack, or not to the end");
  PackFacts facts;
  const auto number = [&](const char* key) { return root.attribute_as<std::int64_t>(key); };
  facts.format.encoding = encoding_of(root.attribute_as<std::string>("encoding"), problem);
  facts.format.shape = {number("channels"), number("height"), number("width")};
  facts.classes = number("classes");
  if (root.contains("mean")) facts.format.mean = read_column<double>(root, "mean", file.size());
  if (root.contains("std")) facts.format.deviation = read_column<double>(root, "std", file.size());
  check_facts(facts, problem);
  return {facts, std::make_unique<Hdf5Samples>(file, facts.classes)};
}

}  // namespace acrtc::dataset
