/// HDF5 files whose datasets and attributes are missing, of other types, shapes or values; or whose bytes are edited.
#pragma once

#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>
#include <limits>

#include "acrtc/store/file.hpp"
#include "fuzz/input.hpp"

namespace acrtc::fuzz {

/// HDF5 opens files by name alone.
inline std::filesystem::path in_memory(const char* name) {
  return "/dev/shm/acrtc-fuzz-" + std::to_string(getpid()) + "-" + name + ".h5";
}

/// The fuzzer's bytes, three an edit: which object, what is done to it, and how.
class Edits {
 public:
  explicit Edits(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  struct Edit {
    std::uint8_t kind = 0, how = 0;
  };
  /// For the next object of the file, in its order.
  Edit next() {
    Edit edit;
    for (std::size_t i = 0; i + 2 < bytes_.size(); i += 3)
      if (bytes_[i] == object_) edit = {bytes_[i + 1], bytes_[i + 2]};
    ++object_;
    return edit;
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t object_ = 0;
};

enum Kind { drop = 1, other_type, other_rows, other_cells, other_values, endless };

constexpr std::array<double, 6> odd_values{-1, 0, 1, 300, 1e18, std::numeric_limits<double>::quiet_NaN()};

template <store::Element T>
std::vector<T> numbers(std::size_t count, std::uint8_t how) {
  const double value = odd_values[how % odd_values.size()];
  return std::vector<T>(
      count, std::is_integral_v<T> && !(value >= 0 && value < 256) ? static_cast<T>(-1) : static_cast<T>(value));
}

template <store::Element T>
void copy_numbers(const store::Dataset& from, store::Group& to, const std::string& name, Edits::Edit edit) {
  auto shape = from.shape();
  if (edit.kind == other_rows && !shape.empty()) shape[0] = edit.how % 8;
  if (edit.kind == other_cells) shape.push_back(edit.how % 4);
  if (edit.kind == endless && !shape.empty()) shape[edit.how % shape.size()] = std::int64_t{1} << (30 + edit.how % 24);
  if (edit.kind == endless) return static_cast<void>(to.create_fixed(name, store::element_type<T>(), shape));
  std::size_t count = 1;
  for (const auto size : shape) count *= static_cast<std::size_t>(size);
  auto content = edit.kind == other_type ? std::vector<T>(count) : from.read<T>();
  content.resize(count);
  if (edit.kind == other_values) content = numbers<T>(count, edit.how);
  to.create(name, std::span<const T>(content), shape);
}

inline void copy_dataset(const store::Dataset& from, store::Group& to, const std::string& name, Edits::Edit edit) {
  if (edit.kind == drop) return;
  if (from.type() == store::ElementType::text && edit.kind != other_type) {
    auto texts = from.read_text();
    if (edit.kind == other_rows) texts.resize(edit.how % 8);
    if (edit.kind == other_values) texts.assign(texts.size(), std::string(edit.how % 3, '/'));
    to.create_text(name, texts);
  } else if (from.type() == store::ElementType::f64 || edit.kind == other_type) {
    edit.how % 2 ? copy_numbers<double>(from, to, name, edit) : copy_numbers<std::int64_t>(from, to, name, edit);
  } else if (from.type() == store::ElementType::u8) {
    copy_numbers<std::uint8_t>(from, to, name, edit);
  } else if (from.type() == store::ElementType::i64) {
    copy_numbers<std::int64_t>(from, to, name, edit);
  } else {
    copy_numbers<std::uint64_t>(from, to, name, edit);
  }
}

inline void copy_attributes(const store::Object& from, store::Object& to, Edits& edits) {
  for (const std::string& name : from.attributes()) {
    const auto [kind, how] = edits.next();
    if (kind == drop) continue;
    if (kind == other_type)
      to.set_attribute(name, std::int64_t{how});
    else if (kind == other_values)
      to.set_attribute(name, std::string(how % 3, '7'));
    else
      to.set_attribute(name, from.attribute(name));
  }
}

inline void copy_group(const store::Group& from, store::Group to, Edits& edits) {
  copy_attributes(from, to, edits);
  for (const std::string& name : from.datasets()) copy_dataset(from.dataset(name), to, name, edits.next());
  for (const std::string& name : from.groups())
    if (edits.next().kind != drop) copy_group(from.group(name), to.create_group(name), edits);
}

inline void write_edited(const std::filesystem::path& from, Edits edits, const std::filesystem::path& to) {
  const auto source = store::File::open(from);
  auto file = store::File::create(to, store::Existing::replace);
  copy_group(source.root(), file.root(), edits);
  file.close();
}

/// A file that readers take, and copies of it with edits. `write` makes it.
class EditedFile {
 public:
  template <class Write>
  explicit EditedFile(const Write& write) {
    const auto written = in_memory("written");
    write(written);
    write_edited(written, Edits({}),
                 valid_);  // columns are chunks for many rows, which take milliseconds each: plainly
    std::filesystem::remove(written);
    std::ifstream in(valid_, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(in), {});
  }
  ~EditedFile() { std::filesystem::remove(valid_); }

  const std::filesystem::path& valid() const { return valid_; }

  /// Edits of the file's bytes where the first byte is odd, else of its objects.
  void write(std::span<const std::uint8_t> data, const std::filesystem::path& to) const {
    if (data.empty() || data[0] % 2 == 0)
      return write_edited(valid_, Edits(data.subspan(std::min<std::size_t>(1, data.size()))), to);
    const auto bytes = edited(data, bytes_);
    std::ofstream(to, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }

 private:
  std::filesystem::path valid_ = in_memory("valid");
  std::vector<std::uint8_t> bytes_;
};

}  // namespace acrtc::fuzz
