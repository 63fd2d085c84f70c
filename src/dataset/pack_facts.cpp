#include "pack_facts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"
#include "byte_stream.hpp"
#include "file_bytes.hpp"

namespace acrtc::dataset {
namespace {

constexpr Encoding encodings[] = {Encoding::u8, Encoding::f32, Encoding::jpeg};
constexpr std::int64_t most_elements = std::int64_t{1} << 28;
constexpr const char* version_line = "acrtc-pack 2";

/// Numbers up to the end of the line, at most 65536.
std::vector<double> numbers(std::istringstream& words, const LineReader& lines) {
  std::vector<double> values;
  for (std::string word; words >> word;) {
    std::size_t used = 0;
    double value = 0;
    try {
      value = std::stod(word, &used);
    } catch (const std::logic_error&) {
      used = 0;
    }
    if (used != word.size() || !std::isfinite(value)) lines.fail("'" + printable(word) + "' is no finite number");
    values.push_back(value);
  }
  return values;
}

std::int64_t integer(double value, const LineReader& lines) {
  if (value != std::floor(value) || value < 1 || value > 1e9) lines.fail("not integers from 1 to 10^9");
  return static_cast<std::int64_t>(value);
}

/// As many integers as `key` has, up to the end of the line.
template <std::size_t count>
std::array<std::int64_t, count> integers(std::istringstream& words, const LineReader& lines, const std::string& key) {
  const auto values = numbers(words, lines);
  if (values.size() != count) lines.fail("another number of values than " + key + " has");
  std::array<std::int64_t, count> whole{};
  std::ranges::transform(values, whole.begin(), [&](double value) { return integer(value, lines); });
  return whole;
}

void read_fact(const std::string& line, const LineReader& lines, ShardFacts& facts) {
  std::istringstream words(line);
  std::string key, word;
  words >> key;
  StoredFormat& format = facts.pack.format;
  if (key == "encoding") {
    words >> word;
    format.encoding = encoding_of(word, "cannot use line " + std::to_string(lines.line()) + " of a pack.txt");
  } else if (key == "classes") {
    facts.pack.classes = integers<1>(words, lines, key)[0];
  } else if (key == "shape") {
    const auto [channels, height, width] = integers<3>(words, lines, key);
    format.shape = {channels, height, width};
  } else if (key == "mean") {
    format.mean = numbers(words, lines);
  } else if (key == "std") {
    format.deviation = numbers(words, lines);
  } else if (key == name(Split::train) || key == name(Split::test)) {
    const auto [shards, samples] = integers<2>(words, lines, key);
    facts.counts(key == name(Split::train) ? Split::train : Split::test) = {shards, samples};
  } else {
    lines.fail("'" + printable(key) + "' is none of encoding, shape, classes, mean, std, train, test");
  }
}

}  // namespace

const char* name(Encoding encoding) {
  return encoding == Encoding::u8 ? "u8" : encoding == Encoding::f32 ? "f32" : "jpeg";
}

Encoding encoding_of(const std::string& text, const std::string& problem) {
  for (const Encoding encoding : encodings)
    if (text == name(encoding)) return encoding;
  throw UserError(problem, "encoding '" + printable(text) + "' is none of u8, f32, jpeg");
}

void check_facts(const PackFacts& facts, const std::string& problem) {
  const auto& [encoding, shape, mean, deviation] = facts.format;
  const auto in_range = [](std::int64_t n) { return n >= 1 && n <= most_elements; };
  if (facts.classes < 1 || facts.classes > most_classes)
    throw UserError(problem, "it names no number of classes, 1 to " + std::to_string(most_classes));
  if (!in_range(shape.channels) || !in_range(shape.height) || !in_range(shape.width) ||
      shape.height * shape.width > most_elements / shape.channels)
    throw UserError(problem, "samples of shape " + to_string(shape) + " do not hold 1 to 2^28 values");
  if (encoding == Encoding::f32) return;
  if (std::ssize(mean) != shape.channels || mean.size() != deviation.size() ||
      !std::ranges::all_of(mean, [](double m) { return std::isfinite(m); }) ||
      !std::ranges::all_of(deviation, [](double d) { return std::isfinite(d) && d > 0; }))
    throw UserError(problem, "there is not a finite mean and a deviation above 0 for each channel");
}

void write_facts(const std::filesystem::path& path, const ShardFacts& facts) {
  const auto list = [](const std::vector<double>& values) {
    std::string text;
    for (const double value : values) text += " " + exact_text(value);
    return text;
  };
  const auto pair = [](const SplitCounts& counts) {
    return " " + std::to_string(counts.shards) + " " + std::to_string(counts.samples);
  };
  const auto& [encoding, shape, mean, deviation] = facts.pack.format;
  const std::string text = std::string(version_line) + "\nencoding " + name(encoding) + "\nshape " +
                           std::to_string(shape.channels) + " " + std::to_string(shape.height) + " " +
                           std::to_string(shape.width) + "\nclasses " + std::to_string(facts.pack.classes) + "\nmean" +
                           list(mean) + "\nstd" + list(deviation) + "\ntrain" + pair(facts.train) + "\ntest" +
                           pair(facts.test) + "\n";
  write_file(path, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

ShardFacts read_facts(const std::filesystem::path& path) {
  ShardFacts facts;
  LineReader lines(path, "facts of a pack");
  if (const auto first = lines.next(); !first || *first != version_line)
    lines.fail("does not read '" + std::string(version_line) + "'");
  while (const auto line = lines.next()) read_fact(std::string(*line), lines, facts);
  const std::string problem = "cannot use '" + path.string() + "'";
  check_facts(facts.pack, problem);
  for (const Split split : {Split::train, Split::test})
    if (facts.counts(split).shards == 0)
      throw UserError(problem, "it does not say how many " + std::string(name(split)) + " shards there are");
  return facts;
}

}  // namespace acrtc::dataset
