#include "acrtc/store/copy.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <system_error>

namespace acrtc::store {
namespace {

constexpr std::int64_t copy_elements = std::int64_t{1} << 20;

void copy_attributes(const Object& from, Object& to) {
  for (const auto& name : from.attributes()) to.set_attribute(name, from.attribute(name));
}

std::int64_t least_rows(const Group& group) {
  auto least = std::numeric_limits<std::int64_t>::max();
  for (const auto& name : group.datasets())
    if (const Dataset dataset = group.dataset(name); dataset.extensible()) least = std::min(least, dataset.rows());
  return least;
}

template <Element T>
Dataset copy_numbers(const Dataset& from, Group& to, const std::string& name, std::int64_t rows, Layout layout) {
  const auto shape = from.shape();
  if (!from.extensible()) return to.create(name, std::span<const T>(from.read<T>()), shape, layout);
  Dataset copy = to.create_column(name, from.type(), {shape.begin() + 1, shape.end()}, layout);
  const std::int64_t step = std::max<std::int64_t>(1, copy_elements / std::max<std::int64_t>(1, from.row_elements()));
  for (std::int64_t begin = 0; begin < rows; begin += step)
    copy.append(std::span<const T>(from.read<T>({begin, std::min(rows, begin + step)})));
  return copy;
}

Dataset copy_values(const Dataset& from, Group& to, const std::string& name, std::int64_t rows, Layout layout) {
  switch (from.type()) {
    case ElementType::f64:
      return copy_numbers<double>(from, to, name, rows, layout);
    case ElementType::f32:
      return copy_numbers<float>(from, to, name, rows, layout);
    case ElementType::u64:
      return copy_numbers<std::uint64_t>(from, to, name, rows, layout);
    case ElementType::i64:
      return copy_numbers<std::int64_t>(from, to, name, rows, layout);
    case ElementType::u8:
      return copy_numbers<std::uint8_t>(from, to, name, rows, layout);
    case ElementType::text:
      return to.create_text(name, from.read_text());
  }
  throw InternalError("unknown element type");
}

void copy_values(const Group& from, Group to, Layout layout) {
  copy_attributes(from, to);
  const std::int64_t rows = least_rows(from);
  for (const auto& name : from.datasets()) {
    const Dataset source = from.dataset(name);
    Dataset copy = copy_values(source, to, name, rows, layout);
    copy_attributes(source, copy);
    if (const auto label = source.scale_label(); !label.empty()) copy.make_scale(label);
  }
  for (const auto& name : from.groups()) copy_values(from.group(name), to.create_group(name), layout);
}

/// Second pass: a scale may stand after the datasets it is attached to.
void attach_scales(const Group& from, Group to, const std::string& from_root, const Group& to_root) {
  for (const auto& name : from.datasets()) {
    const auto scales = from.dataset(name).scales();
    for (std::size_t dimension = 0; dimension < scales.size(); ++dimension)
      if (!scales[dimension].empty() && scales[dimension].starts_with(from_root))
        to.dataset(name).attach_scale(dimension, to_root.dataset(scales[dimension].substr(from_root.size())));
  }
  for (const auto& name : from.groups()) attach_scales(from.group(name), to.group(name), from_root, to_root);
}

}  // namespace

void copy_contents(const Group& from, Group to, Layout layout) {
  copy_values(from, to, layout);
  attach_scales(from, to, from.name().ends_with('/') ? from.name() : from.name() + "/", to);
}

void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  std::filesystem::rename(from, to, error);
  if (error) throw UserError("cannot write '" + to.string() + "'", error.message());
  // The new name itself is only on the disk when its folder is; some file systems cannot sync folders and need not.
  const auto directory = to.has_parent_path() ? to.parent_path() : std::filesystem::path(".");
  if (const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY); descriptor >= 0) {
    fsync(descriptor);
    ::close(descriptor);
  }
}

void write_atomically(const std::filesystem::path& path, const std::function<void(File&)>& fill) {
  auto beside = path;
  beside += unfinished + std::to_string(getpid());
  try {
    File file = File::create(beside, Existing::replace);
    fill(file);
    file.sync();
    file.close();
    rename_durably(beside, path);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(beside, ignored);
    throw;
  }
}

void pack(const File& source, const std::function<void(File&)>& finish) {
  write_atomically(source.path(), [&](File& packed) {
    copy_contents(source.root(), packed.root(), Layout::packed);
    if (finish) finish(packed);
  });
}

}  // namespace acrtc::store
