#include "acrtc/store/group.hpp"

#include <algorithm>

#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"
#include "node.hpp"

namespace acrtc::store {
namespace {

// A whole chunk is rewritten at each flush: long enough to read fast, short enough to append fast.
constexpr std::int64_t most_column_chunk_rows = 1024;
constexpr std::int64_t column_chunk_elements = 8192;
constexpr std::int64_t packed_chunk_elements = 65536;
constexpr unsigned deflate_level = 4;

struct Shape {
  std::vector<hsize_t> now, max, chunk;
};

hid_t file_type(ElementType type) {
  switch (type) {
    case ElementType::f64:
      return H5T_IEEE_F64LE;
    case ElementType::f32:
      return H5T_IEEE_F32LE;
    case ElementType::u64:
      return H5T_STD_U64LE;
    case ElementType::i64:
      return H5T_STD_I64LE;
    case ElementType::u8:
      return H5T_STD_U8LE;
    case ElementType::text:
      break;
  }
  throw InternalError("text is no number");
}

std::vector<hsize_t> chunk_of(std::int64_t rows, const std::vector<std::int64_t>& row_shape, std::int64_t elements) {
  std::int64_t row = 1;  // no more than makes a chunk by itself: whole products may be beyond any number
  for (const auto size : row_shape) row = std::min(row * std::clamp<std::int64_t>(size, 1, elements), elements);
  std::vector<hsize_t> chunk{static_cast<hsize_t>(std::clamp<std::int64_t>(elements / row, 1, rows))};
  chunk.insert(chunk.end(), row_shape.begin(), row_shape.end());
  return chunk;
}

Handle creation_properties(const Attempt& attempt, const Shape& shape, Layout layout) {
  Handle properties(attempt(H5Pcreate(H5P_DATASET_CREATE)), H5Pclose);
  attempt(H5Pset_obj_track_times(properties, false));  // times would differ between equal runs
  if (shape.chunk.empty()) return properties;
  attempt(H5Pset_chunk(properties, static_cast<int>(shape.chunk.size()), shape.chunk.data()));
  if (layout == Layout::packed) {
    attempt(H5Pset_shuffle(properties));
    attempt(H5Pset_deflate(properties, deflate_level));
  }
  return properties;
}

Handle create_dataset(const Node& group, const std::string& name, hid_t type, const Shape& shape, Layout layout) {
  const Attempt attempt = group.creating("create '" + name + "' in");
  const Handle space(attempt(shape.now.empty() ? H5Screate(H5S_SCALAR)
                                               : H5Screate_simple(static_cast<int>(shape.now.size()), shape.now.data(),
                                                                  shape.max.data())),
                     H5Sclose);
  const Handle properties = creation_properties(attempt, shape, layout);
  return {attempt(H5Dcreate2(group.id, name.c_str(), type, space, H5P_DEFAULT, properties, H5P_DEFAULT)), H5Dclose};
}

std::string child_path(const Node& group, const std::string& name) {
  if (name.starts_with('/')) return name;
  return group.name == "/" ? "/" + name : group.name + "/" + name;
}

std::shared_ptr<const Node> child(const Node& group, Handle id, const std::string& name) {
  return std::make_shared<const Node>(group.file, std::move(id), child_path(group, name));
}

/// True where every part of the path exists: the library itself fails on a missing part in the middle.
bool path_exists(const Attempt& attempt, hid_t group, const std::string& path) {
  for (auto end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1))
    if (attempt(H5Lexists(group, path.substr(0, end).c_str(), H5P_DEFAULT)) == 0) return false;
  return attempt(H5Lexists(group, path.c_str(), H5P_DEFAULT)) > 0;
}

struct Listing {
  H5I_type_t wanted;
  std::vector<std::string> names;
};

herr_t collect_child(hid_t group, const char* name, const H5L_info_t*, void* data) {
  auto& listing = *static_cast<Listing*>(data);
  const hid_t id = H5Oopen(group, name, H5P_DEFAULT);
  if (id < 0) return 0;  // a link to nowhere
  if (H5Iget_type(id) == listing.wanted) listing.names.emplace_back(name);
  H5Oclose(id);
  return 0;
}

std::vector<std::string> children(const Node& group, H5I_type_t wanted) {
  const Attempt attempt = group.reading("list");
  const Handle properties(attempt(H5Gget_create_plist(group.id)), H5Pclose);
  unsigned order = 0;
  attempt(H5Pget_link_creation_order(properties, &order));
  const auto index = order & H5P_CRT_ORDER_TRACKED ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
  Listing listing{wanted, {}};
  attempt(H5Literate(group.id, index, H5_ITER_INC, nullptr, collect_child, &listing));
  return listing.names;
}

}  // namespace

Group Group::create_group(const std::string& name) {
  const Attempt attempt = node_->creating("create '" + name + "' in");
  const Handle properties(attempt(H5Pcreate(H5P_GROUP_CREATE)), H5Pclose);
  attempt(H5Pset_link_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
  Handle id(attempt(H5Gcreate2(node_->id, name.c_str(), H5P_DEFAULT, properties, H5P_DEFAULT)), H5Gclose);
  return Group(child(*node_, std::move(id), name));
}

Group Group::group(const std::string& name) const {
  if (!contains(name))
    throw UserError("there is no group '" + name + "' in " + describe(), "", did_you_mean(name, groups()));
  const Attempt attempt = node_->reading("open '" + name + "' in");
  return Group(child(*node_, {attempt(H5Gopen2(node_->id, name.c_str(), H5P_DEFAULT)), H5Gclose}, name));
}

Dataset Group::dataset(const std::string& name) const {
  if (!contains(name))
    throw UserError("there is no dataset '" + name + "' in " + describe(), "", did_you_mean(name, datasets()));
  const Attempt attempt = node_->reading("open '" + name + "' in");
  return Dataset(child(*node_, {attempt(H5Dopen2(node_->id, name.c_str(), H5P_DEFAULT)), H5Dclose}, name));
}

std::int64_t column_chunk_rows(std::int64_t row_elements) {
  return std::clamp<std::int64_t>(column_chunk_elements / row_elements, 1, most_column_chunk_rows);
}

bool Group::contains(const std::string& name) const {
  return path_exists(node_->reading("look into"), node_->id, name);
}

std::vector<std::string> Group::groups() const { return children(*node_, H5I_GROUP); }
std::vector<std::string> Group::datasets() const { return children(*node_, H5I_DATASET); }

Dataset Group::create_column(const std::string& name, ElementType type, const std::vector<std::int64_t>& row_shape,
                             Layout layout) {
  const auto elements = layout == Layout::packed ? packed_chunk_elements : column_chunk_elements;
  const auto rows = layout == Layout::packed ? packed_chunk_elements : most_column_chunk_rows;
  Shape shape{{0}, {H5S_UNLIMITED}, chunk_of(rows, row_shape, elements)};
  shape.now.insert(shape.now.end(), row_shape.begin(), row_shape.end());
  shape.max.insert(shape.max.end(), row_shape.begin(), row_shape.end());
  return Dataset(child(*node_, create_dataset(*node_, name, file_type(type), shape, layout), name));
}

Dataset Group::create_fixed(const std::string& name, ElementType type, const std::vector<std::int64_t>& shape,
                            Layout layout) {
  Shape fixed{{shape.begin(), shape.end()}, {shape.begin(), shape.end()}, {}};
  const bool empty = std::ranges::find(shape, 0) != shape.end();
  if (layout == Layout::packed && !shape.empty() && !empty)
    fixed.chunk = chunk_of(shape[0], {shape.begin() + 1, shape.end()}, packed_chunk_elements);
  return Dataset(child(*node_, create_dataset(*node_, name, file_type(type), fixed, layout), name));
}

Dataset Group::create_text(const std::string& name, const std::vector<std::string>& values) {
  const Handle type = text_type();
  const Shape shape{{values.size()}, {values.size()}, {}};
  auto node = child(*node_, create_dataset(*node_, name, type, shape, Layout::plain), name);
  std::vector<const char*> texts;
  for (const auto& value : values) texts.push_back(value.c_str());
  if (!texts.empty()) {
    const Attempt attempt = node->writing("write");
    attempt(H5Dwrite(node->id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts.data()));
  }
  return Dataset(std::move(node));
}

}  // namespace acrtc::store
