#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <bit>
#include <optional>
#include <set>

#include "acrtc/record/run_reader.hpp"
#include "commands.hpp"

namespace acrtc::app {
namespace {

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const auto size : shape) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text.empty() ? "1" : text;
}

template <class T>
bool same_bits(T a, T b) {
  if constexpr (std::is_same_v<T, double>) return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
  return a == b;
}

/// Where two datasets of one shape first differ, in words.
template <class T>
std::optional<std::string> first_difference(const std::vector<T>& a, const std::vector<T>& b,
                                            std::int64_t row_elements) {
  const auto at = std::ranges::mismatch(a, b, [](const T& x, const T& y) { return same_bits(x, y); }).in1 - a.begin();
  if (at == static_cast<std::ptrdiff_t>(a.size())) return std::nullopt;
  const auto i = static_cast<std::size_t>(at);
  return fmt::format("row {}, cell {}: {} and {}", at / row_elements, at % row_elements, a[i], b[i]);
}

std::optional<std::string> first_difference(const store::Dataset& a, const store::Dataset& b) {
  if (a.type() != b.type()) return "the types differ";
  if (a.shape() != b.shape())
    return fmt::format("the shapes differ: {} and {}", shape_text(a.shape()), shape_text(b.shape()));
  const std::int64_t row = std::max<std::int64_t>(1, a.row_elements());
  switch (a.type()) {
    case store::ElementType::text:
      return first_difference(a.read_text(), b.read_text(), row);
    case store::ElementType::f64:
    case store::ElementType::f32:
      return first_difference(a.read<double>(), b.read<double>(), row);
    case store::ElementType::i64:
      return first_difference(a.read<std::int64_t>(), b.read<std::int64_t>(), row);
    default:
      return first_difference(a.read<std::uint64_t>(), b.read<std::uint64_t>(), row);
  }
}

bool is_wall_time(const std::string& dataset) {
  return record::is_wall_column(std::string_view(dataset).substr(dataset.rfind('/') + 1));
}

/// Every difference but those of real time, one line each.
std::vector<std::string> compare(const record::RunReader& a, const record::RunReader& b) {
  const auto names_a = a.datasets(), names_b = b.datasets();
  const std::set<std::string> in_a(names_a.begin(), names_a.end()), in_b(names_b.begin(), names_b.end());
  std::vector<std::string> lines;
  for (const std::string& name : names_a) {
    if (is_wall_time(name)) continue;
    if (!in_b.contains(name))
      lines.push_back(name + ": only in " + a.path().string());
    else if (const auto difference = first_difference(a.dataset(name), b.dataset(name)))
      lines.push_back(name + ": " + *difference);
  }
  for (const std::string& name : names_b)
    if (!in_a.contains(name)) lines.push_back(name + ": only in " + b.path().string());
  return lines;
}

class Diff : public Command {
 public:
  explicit Diff(CLI::App& options) {
    options.add_option("a", a_, "a run log")->required();
    options.add_option("b", b_, "another one")->required();
    options.footer("Real times and attributes (hosts, ranks, versions) may differ. Exit status: 0 identical, 1 not.");
  }

  int run(const Surroundings& surroundings) override {
    if (surroundings.ranks.rank() != 0) return status_ok;
    const auto lines = compare(record::RunReader(a_), record::RunReader(b_));
    if (lines.empty()) {
      fmt::print("{} and {} are bit-identical.\n", a_, b_);
      return status_ok;
    }
    fmt::print("{} and {} differ in {} datasets:\n", a_, b_, lines.size());
    for (const std::string& line : lines) fmt::print("  {}\n", line);
    return status_differs;
  }

 private:
  std::string a_, b_;
};

}  // namespace

std::unique_ptr<Command> make_diff(CLI::App& options) { return std::make_unique<Diff>(options); }

}  // namespace acrtc::app
