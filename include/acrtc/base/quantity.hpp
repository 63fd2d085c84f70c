#pragma once

#include <compare>

namespace acrtc {

/// A number with a unit that the compiler checks: seconds do not add to joules.
/// Scaling by a plain number keeps the unit; the ratio of two like quantities is a plain number.
template <class Unit>
struct Quantity {
  double value = 0;

  friend constexpr Quantity operator+(Quantity a, Quantity b) { return {a.value + b.value}; }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return {a.value - b.value}; }
  friend constexpr Quantity operator*(Quantity a, double k) { return {a.value * k}; }
  friend constexpr Quantity operator*(double k, Quantity a) { return {a.value * k}; }
  friend constexpr Quantity operator/(Quantity a, double k) { return {a.value / k}; }
  friend constexpr double operator/(Quantity a, Quantity b) { return a.value / b.value; }
  constexpr Quantity& operator+=(Quantity b) { return value += b.value, *this; }
  friend constexpr auto operator<=>(Quantity, Quantity) = default;
};

using Seconds = Quantity<struct SecondUnit>;
using Joules = Quantity<struct JouleUnit>;
using Watts = Quantity<struct WattUnit>;
using Bytes = Quantity<struct ByteUnit>;
using Cycles = Quantity<struct CycleUnit>;
using Hertz = Quantity<struct HertzUnit>;

constexpr Joules operator*(Watts power, Seconds time) { return {power.value * time.value}; }
constexpr Seconds operator/(Cycles cycles, Hertz clock) { return {cycles.value / clock.value}; }

}  // namespace acrtc
