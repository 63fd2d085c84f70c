#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "acrtc/base/value.hpp"

namespace acrtc::hardware {

/// A unit a hardware file may use, and how many of the unit this program reckons in it holds.
struct Unit {
  std::string_view symbol;
  double factor;
};
using Units = std::span<const Unit>;

inline constexpr Unit plain_units[] = {{"1", 1}};
inline constexpr Unit cycle_units[] = {{"cycle", 1}};
inline constexpr Unit frequency_units[] = {{"Hz", 1}, {"MHz", 1e6}, {"GHz", 1e9}};
inline constexpr Unit time_units[] = {{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}};
inline constexpr Unit byte_units[] = {{"byte", 1}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}};
inline constexpr Unit bandwidth_units[] = {{"byte/s", 1}, {"MB/s", 1e6}, {"GB/s", 1e9}, {"TB/s", 1e12}};
inline constexpr Unit energy_units[] = {{"J", 1}, {"nJ", 1e-9}, {"pJ", 1e-12}, {"fJ", 1e-15}};
inline constexpr Unit bit_energy_units[] = {{"J/bit", 1}, {"nJ/bit", 1e-9}, {"pJ/bit", 1e-12}, {"fJ/bit", 1e-15}};
inline constexpr Unit power_units[] = {{"W", 1}, {"mW", 1e-3}};

/// A section of a hardware file. Every key is required, and every number is a table `{ value = 1.53, unit = "GHz" }`.
/// All members throw UserError naming the key and where it stands.
class Spec {
 public:
  /// `path` names the section in messages ("energy.fp16"). A key of `table` outside `keys` is an error.
  Spec(std::string path, const Table& table, std::initializer_list<const char*> keys);

  Spec section(std::string_view key, std::initializer_list<const char*> keys) const;
  std::string text(std::string_view key) const;
  /// A text that is one of `choices`: its index.
  std::size_t choice(std::string_view key, std::initializer_list<const char*> choices) const;
  /// At least 0, in the first of `units`.
  double number(std::string_view key, Units units) const;
  /// Above 0.
  double positive(std::string_view key, Units units) const;
  /// A whole number from 1.
  std::int64_t count(std::string_view key) const;
  /// For what no range above says.
  [[noreturn]] void reject(std::string_view key, std::string_view why) const;

 private:
  const Value& at(std::string_view key) const;
  std::string named(std::string_view key) const;

  std::string path_;
  const Table& table_;
};

}  // namespace acrtc::hardware
