#include "pack_facts.hpp"

#include <algorithm>
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
constexpr const char* version_line = "acrtc-pack 1";

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

void read_fact(const std::string& line, const LineReader& lines, PackFacts& facts) {
  std::istringstream words(line);
  std::string key, word;
  words >> key;
  if (key == "encoding") {
    words >> word;
    facts.format.encoding = encoding_of(word, "cannot use line " + std::to_string(lines.line()) + " of a pack.txt");
  } else if (key == "classes" || key == "shape") {
    const auto values = numbers(words, lines);
    if (values.size() != (key == "shape" ? 3 : 1)) lines.fail("another number of values than " + key + " has");
    if (key == "classes")
      facts.classes = integer(values[0], lines);
    else
      facts.format.shape = {integer(values[0], lines), integer(values[1], lines), integer(values[2], lines)};
  } else if (key == "mean") {
    facts.format.mean = numbers(words, lines);
  } else if (key == "std") {
    facts.format.deviation = numbers(words, lines);
  } else {
    lines.fail("'" + printable(key) + "' is none of encoding, shape, classes, mean, std");
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
  if (facts.classes < 1) throw UserError(problem, "it names no number of classes");
  if (!in_range(shape.channels) || !in_range(shape.height) || !in_range(shape.width) ||
      shape.height * shape.width > most_elements / shape.channels)
    throw UserError(problem, "samples of shape " + to_string(shape) + " do not hold 1 to 2^28 values");
  if (encoding == Encoding::f32) return;
  if (std::ssize(mean) != shape.channels || mean.size() != deviation.size() ||
      std::ranges::any_of(deviation, [](double d) { return !(d > 0); }))
    throw UserError(problem, "there is not a mean and a deviation above 0 for each channel");
}

void write_facts(const std::filesystem::path& path, const PackFacts& facts) {
  const auto list = [](const std::vector<double>& values) {
    std::string text;
    for (const double value : values) text += " " + exact_text(value);
    return text;
  };
  const auto& [encoding, shape, mean, deviation] = facts.format;
  const std::string text = std::string(version_line) + "\nencoding " + name(encoding) + "\nshape " +
                           std::to_string(shape.channels) + " " + std::to_string(shape.height) + " " +
                           std::to_string(shape.width) + "\nclasses " + std::to_string(facts.classes) + "\nmean" +
                           list(mean) + "\nstd" + list(deviation) + "\n";
  write_file(path, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

PackFacts read_facts(const std::filesystem::path& path) {
  PackFacts facts;
  LineReader lines(path, "facts of a pack");
  if (const auto first = lines.next(); !first || *first != version_line)
    lines.fail("does not read '" + std::string(version_line) + "'");
  while (const auto line = lines.next()) read_fact(std::string(*line), lines, facts);
  check_facts(facts, "cannot use '" + path.string() + "'");
  return facts;
}

}  // namespace acrtc::dataset
