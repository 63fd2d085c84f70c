#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "acrtc/base/tensor.hpp"
#include "acrtc/store/element.hpp"
#include "acrtc/store/object.hpp"

namespace acrtc::store {

/// An array x[row, ...] in a file. A column of a log gains rows; every other dataset keeps its shape.
class Dataset : public Object {
 public:
  ElementType type() const { return type_; }
  /// [rows, ...] as they are now; empty for a single value.
  std::vector<std::int64_t> shape() const;
  std::size_t rank() const { return rank_; }
  /// 1 for a single value.
  std::int64_t rows() const;
  /// Elements of one row.
  std::int64_t row_elements() const { return row_elements_; }
  /// True where append() may add rows.
  bool extensible() const { return extensible_; }

  /// Adds whole rows at the end. T is type(); the size is a multiple of row_elements().
  template <Element T>
  void append(std::span<const T> rows) {
    append_bytes(element_type<T>(), std::as_bytes(rows));
  }
  /// Writes every element anew, also while streaming.
  template <Element T>
  void overwrite(std::span<const T> values) {
    overwrite_bytes(element_type<T>(), std::as_bytes(values));
  }
  /// Rows [begin, end), first dimension slowest. Numbers are converted where T is not type().
  template <Element T>
  std::vector<T> read(Range rows) const {
    std::vector<T> values(static_cast<std::size_t>(rows.size() * row_elements()));
    read_bytes(element_type<T>(), rows, std::as_writable_bytes(std::span(values)));
    return values;
  }
  template <Element T>
  std::vector<T> read() const {
    return read<T>({0, rows()});
  }
  /// All elements of a dataset of text.
  std::vector<std::string> read_text() const;

  /// Hands written rows to the operating system: from then on a crash of the program does not lose them.
  void flush();
  /// Looks for rows that a writer has flushed since, in a file opened with Access::follow.
  void refresh();

  /// Makes this the scale (coordinate) called `label`, to be attached to dimensions of other datasets.
  void make_scale(const std::string& label);
  void attach_scale(std::size_t dimension, const Dataset& scale);
  /// Paths of the scales of each dimension, the first where there are several; empty where there is none.
  std::vector<std::string> scales() const;
  /// The label of a scale; empty for other datasets.
  std::string scale_label() const;

 private:
  friend class Group;
  explicit Dataset(std::shared_ptr<const Node> node);

  void append_bytes(ElementType type, std::span<const std::byte> bytes);
  void overwrite_bytes(ElementType type, std::span<const std::byte> bytes);
  void read_bytes(ElementType type, Range rows, std::span<std::byte> out) const;

  ElementType type_ = ElementType::f64;
  std::size_t rank_ = 0;
  std::int64_t row_elements_ = 1;
  bool extensible_ = false;
};

}  // namespace acrtc::store
