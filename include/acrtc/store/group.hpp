#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "acrtc/store/dataset.hpp"
#include "acrtc/store/element.hpp"
#include "acrtc/store/object.hpp"

namespace acrtc::store {

/// How the data of new datasets lie in the file.
enum class Layout {
  plain,   ///< uncompressed: fast, and safe to append to
  packed,  ///< shuffled and deflated (level 4) chunks
};

/// Rows of so many elements by which a plain column takes space in the file.
std::int64_t column_chunk_rows(std::int64_t row_elements);

/// A folder of groups and datasets. Names to open may be paths (`steps/loss`), names to create may not.
/// Nothing is created after File::start_streaming: InternalError.
class Group : public Object {
 public:
  Group create_group(const std::string& name);
  Group group(const std::string& name) const;
  Dataset dataset(const std::string& name) const;
  bool contains(const std::string& name) const;

  /// Names in order of creation; alphabetic where the file does not record it.
  std::vector<std::string> groups() const;
  std::vector<std::string> datasets() const;

  /// A dataset without rows that grows by append(); each row has the shape `row_shape` (empty: one element, no zeros).
  Dataset create_column(const std::string& name, ElementType type, const std::vector<std::int64_t>& row_shape = {},
                        Layout layout = Layout::plain);
  /// A dataset of fixed shape (empty: a single value), filled with `values`.
  template <Element T>
  Dataset create(const std::string& name, std::span<const T> values, const std::vector<std::int64_t>& shape,
                 Layout layout = Layout::plain) {
    Dataset dataset = create_fixed(name, element_type<T>(), shape, layout);
    if (!values.empty()) dataset.overwrite(values);
    return dataset;
  }
  /// A one-dimensional dataset of text.
  Dataset create_text(const std::string& name, const std::vector<std::string>& values);
  /// A dataset of fixed shape whose values are still to be written.
  Dataset create_fixed(const std::string& name, ElementType type, const std::vector<std::int64_t>& shape,
                       Layout layout = Layout::plain);

 private:
  friend class File;
  using Object::Object;
};

}  // namespace acrtc::store
