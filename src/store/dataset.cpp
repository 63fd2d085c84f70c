#include "acrtc/store/dataset.hpp"

#include <hdf5_hl.h>

#include <algorithm>
#include <limits>

#include "node.hpp"

namespace acrtc::store {
namespace {

hid_t memory_type(ElementType type) {
  switch (type) {
    case ElementType::f64:
      return H5T_NATIVE_DOUBLE;
    case ElementType::f32:
      return H5T_NATIVE_FLOAT;
    case ElementType::u64:
      return H5T_NATIVE_UINT64;
    case ElementType::i64:
      return H5T_NATIVE_INT64;
    case ElementType::u8:
      return H5T_NATIVE_UINT8;
    case ElementType::text:
      break;
  }
  throw InternalError("text is no number");
}

ElementType element_type_of(const Attempt& attempt, hid_t type) {
  const std::size_t size = H5Tget_size(type);
  switch (H5Tget_class(type)) {
    case H5T_FLOAT:
      if (size == 8) return ElementType::f64;
      if (size == 4) return ElementType::f32;
      break;
    case H5T_INTEGER:
      if (size == 8) return H5Tget_sign(type) == H5T_SGN_NONE ? ElementType::u64 : ElementType::i64;
      if (size == 1 && H5Tget_sign(type) == H5T_SGN_NONE) return ElementType::u8;
      break;
    case H5T_STRING:
      if (H5Tis_variable_str(type) > 0) return ElementType::text;
      break;
    default:
      break;
  }
  attempt.fail("its elements are not f64, f32, u64, i64, u8 or variable-length text");
}

struct Extent {
  std::vector<hsize_t> now, max;
};

Extent extent_of(const Attempt& attempt, hid_t dataset) {
  const Handle space(attempt(H5Dget_space(dataset)), H5Sclose);
  const auto rank = static_cast<std::size_t>(attempt(H5Sget_simple_extent_ndims(space)));
  Extent extent{std::vector<hsize_t>(rank), std::vector<hsize_t>(rank)};
  attempt(H5Sget_simple_extent_dims(space, extent.now.data(), extent.max.data()));
  return extent;
}

/// Throws where elements, counted in bytes of the largest type, are beyond 64 bits: HDF5 takes any shape.
void require_countable(const Attempt& attempt, const std::vector<hsize_t>& sizes) {
  constexpr hsize_t most = std::numeric_limits<std::int64_t>::max() / sizeof(double);
  hsize_t elements = 1;
  for (const hsize_t size : sizes) {
    if (size > most / elements) attempt.fail("it has more elements than can be counted");
    elements *= std::max<hsize_t>(size, 1);  // none now, but rows may come
  }
}

/// The part of a dataset that holds some rows, in the file and as a block of memory.
struct Selection {
  Handle file, memory;
};

Selection select_rows(const Attempt& attempt, hid_t dataset, Range rows) {
  Selection part{Handle(attempt(H5Dget_space(dataset)), H5Sclose), Handle(H5I_INVALID_HID, H5Sclose)};
  const auto extent = extent_of(attempt, dataset).now;
  if (extent.empty()) return {std::move(part.file), Handle(attempt(H5Screate(H5S_SCALAR)), H5Sclose)};
  std::vector<hsize_t> start(extent.size(), 0), count = extent;
  start[0] = static_cast<hsize_t>(rows.begin);
  count[0] = static_cast<hsize_t>(rows.size());
  attempt(H5Sselect_hyperslab(part.file, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr));
  const auto rank = static_cast<int>(count.size());
  return {std::move(part.file), Handle(attempt(H5Screate_simple(rank, count.data(), nullptr)), H5Sclose)};
}

herr_t take_first_scale(hid_t, unsigned, hid_t scale, void* found) {
  const auto length = H5Iget_name(scale, nullptr, 0);
  if (length < 0) return -1;
  auto& path = *static_cast<std::string*>(found);
  path.resize(static_cast<std::size_t>(length) + 1);
  H5Iget_name(scale, path.data(), path.size());
  path.pop_back();
  return 1;
}

}  // namespace

Dataset::Dataset(std::shared_ptr<const Node> node) : Object(std::move(node)) {
  const Attempt attempt = node_->reading("read");
  const Handle type(attempt(H5Dget_type(node_->id)), H5Tclose);
  type_ = element_type_of(attempt, type);
  const Extent extent = extent_of(attempt, node_->id);
  require_countable(attempt, extent.now);
  rank_ = extent.now.size();
  for (std::size_t d = 1; d < rank_; ++d) row_elements_ *= static_cast<std::int64_t>(extent.now[d]);
  extensible_ = rank_ > 0 && extent.max[0] == H5S_UNLIMITED;
}

std::vector<std::int64_t> Dataset::shape() const {
  const auto extent = extent_of(node_->reading("read the shape of"), node_->id).now;
  return {extent.begin(), extent.end()};
}

std::int64_t Dataset::rows() const { return rank_ == 0 ? 1 : shape()[0]; }

void Dataset::append_bytes(ElementType type, std::span<const std::byte> bytes) {
  const Attempt attempt = node_->writing("append to");
  require(type == type_ && extensible_, describe() + " is no column of this type");
  const auto row_bytes = static_cast<std::size_t>(row_elements_) * H5Tget_size(memory_type(type));
  require(bytes.size() % row_bytes == 0, "part of a row is appended to " + describe());
  auto extent = extent_of(attempt, node_->id).now;
  const auto begin = static_cast<std::int64_t>(extent[0]);
  extent[0] += bytes.size() / row_bytes;
  if (bytes.empty()) return;
  attempt(H5Dset_extent(node_->id, extent.data()));
  const auto part = select_rows(attempt, node_->id, {begin, static_cast<std::int64_t>(extent[0])});
  attempt(H5Dwrite(node_->id, memory_type(type), part.memory, part.file, H5P_DEFAULT, bytes.data()));
}

void Dataset::overwrite_bytes(ElementType type, std::span<const std::byte> bytes) {
  const Attempt attempt = node_->writing("write");
  require(type == type_, describe() + " has another type");
  const auto size = static_cast<std::size_t>(rows() * row_elements_) * H5Tget_size(memory_type(type));
  require(bytes.size() == size, describe() + " has another size");
  attempt(H5Dwrite(node_->id, memory_type(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()));
}

void Dataset::read_bytes(ElementType type, Range rows, std::span<std::byte> out) const {
  const Attempt attempt = node_->reading("read");
  require(0 <= rows.begin && rows.begin <= rows.end && rows.end <= this->rows(),
          "rows are read that " + describe() + " does not have");
  if (type_ == ElementType::text) attempt.fail("it holds text where numbers are expected");
  if (out.empty()) return;
  const auto part = select_rows(attempt, node_->id, rows);
  attempt(H5Dread(node_->id, memory_type(type), part.memory, part.file, H5P_DEFAULT, out.data()));
}

std::vector<std::string> Dataset::read_text() const {
  const Attempt attempt = node_->reading("read");
  if (type_ != ElementType::text) attempt.fail("it holds numbers where text is expected");
  const Handle type = text_type();
  const Handle space(attempt(H5Dget_space(node_->id)), H5Sclose);
  return read_variable_text(type, space,
                            [&](char** to) { attempt(H5Dread(node_->id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, to)); });
}

void Dataset::flush() {
  const Attempt attempt = node_->writing("flush");
  attempt(H5Dflush(node_->id));
}

void Dataset::refresh() {
  const Attempt attempt = node_->reading("refresh");
  attempt(H5Drefresh(node_->id));
}

void Dataset::make_scale(const std::string& label) {
  const Attempt attempt = node_->creating("make a scale of");
  attempt(H5DSset_scale(node_->id, label.c_str()));
}

void Dataset::attach_scale(std::size_t dimension, const Dataset& scale) {
  const Attempt attempt = node_->creating("attach a scale to");
  attempt(H5DSattach_scale(node_->id, scale.node_->id, static_cast<unsigned>(dimension)));
}

std::vector<std::string> Dataset::scales() const {
  const Attempt attempt = node_->reading("read the scales of");
  std::vector<std::string> paths(rank_);
  for (std::size_t d = 0; d < rank_; ++d)
    if (H5DSget_num_scales(node_->id, static_cast<unsigned>(d)) > 0)
      attempt(H5DSiterate_scales(node_->id, static_cast<unsigned>(d), nullptr, take_first_scale, &paths[d]));
  return paths;
}

std::string Dataset::scale_label() const {
  const Attempt attempt = node_->reading("read the scale of");
  if (H5DSis_scale(node_->id) <= 0) return "";
  const auto length = attempt(H5DSget_scale_name(node_->id, nullptr, 0));
  std::string label(static_cast<std::size_t>(length) + 1, '\0');
  attempt(H5DSget_scale_name(node_->id, label.data(), label.size()));
  label.pop_back();
  return label;
}

}  // namespace acrtc::store
