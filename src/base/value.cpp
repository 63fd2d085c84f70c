#include "acrtc/base/value.hpp"

#include <algorithm>

namespace acrtc {

std::string to_string(const Origin& origin) {
  return origin.line > 0 ? origin.file + ":" + std::to_string(origin.line) : origin.file;
}

const Value* Table::find(std::string_view key) const {
  const auto it = std::ranges::find(entries_, key, &Entry::first);
  return it == entries_.end() ? nullptr : &it->second;
}

Value& Table::operator[](std::string_view key) {
  const auto it = std::ranges::find(entries_, key, &Entry::first);
  if (it != entries_.end()) return it->second;
  return entries_.emplace_back(std::string(key), Value{}).second;
}

void Table::set(std::string_view key, Value value) { (*this)[key] = std::move(value); }

bool Table::erase(std::string_view key) {
  return std::erase_if(entries_, [&](const Entry& entry) { return entry.first == key; }) > 0;
}

std::string Value::kind() const {
  static const char* const names[] = {"a table", "a list", "true or false", "an integer", "a number", "a text"};
  return names[data_.index()];
}

}  // namespace acrtc
