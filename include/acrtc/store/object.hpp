#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "acrtc/base/error.hpp"

namespace acrtc::store {

struct Node;

/// The values an attribute can have. Any integer in a file reads as int64, any real as double, any text as string.
using Attribute = std::variant<std::string, std::int64_t, double, std::vector<std::string>>;

/// Something in a file that carries attributes: a group or a dataset. A cheap handle; copies mean the same object, and
/// keep its file open. Every call throws UserError naming file and object where the file cannot be read or written,
/// and InternalError where a file that is only read, or closed, would be written.
class Object {
 public:
  /// Path inside the file: `/steps/loss`.
  const std::string& name() const;
  /// `'/steps/loss' of 'run.h5'`, for messages.
  std::string describe() const;

  /// Makes or replaces an attribute. Not after File::start_streaming: InternalError.
  void set_attribute(const std::string& name, const Attribute& value);
  bool has_attribute(const std::string& name) const;
  /// Throws UserError where it is missing, or neither a single number nor text.
  Attribute attribute(const std::string& name) const;
  /// As attribute(), and throws UserError where it is no T: int64, double, string or a list of strings.
  template <class T>
  T attribute_as(const std::string& name) const {
    Attribute value = attribute(name);
    if (T* wanted = std::get_if<T>(&value)) return std::move(*wanted);
    throw UserError("attribute '" + name + "' of " + describe() + " has another type than expected");
  }
  /// Names in alphabetic order, without those that link dimension scales.
  std::vector<std::string> attributes() const;

 protected:
  explicit Object(std::shared_ptr<const Node> node) : node_(std::move(node)) {}

  std::shared_ptr<const Node> node_;
};

}  // namespace acrtc::store
