#include "acrtc/dataset/idx.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <new>
#include <span>
#include <string>

#include "byte_stream.hpp"

namespace acrtc::dataset {
namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 16;
constexpr std::int64_t most_elements = std::int64_t{1} << 34;  // all are held in memory
constexpr std::uint8_t unsigned_byte = 0x08;
constexpr std::uint8_t label_dimensions = 1, grey_dimensions = 3, colour_dimensions = 4;

std::string hex(std::uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%x", value);
  return text;
}

/// Reads the magic number and returns the number of dimensions.
int read_magic(ByteStream& stream, IdxContent content) {
  std::array<std::uint8_t, 4> magic{};
  stream.read_all(magic, "the magic number");
  const auto [zero0, zero1, type, dimensions] = magic;
  const std::uint32_t number = std::uint32_t{type} << 8 | dimensions;
  if (zero0 != 0 || zero1 != 0) stream.fail_at(0, "an IDX file begins with two zero bytes");
  if (type != unsigned_byte) stream.fail_at(2, "element type " + hex(type) + " is not 0x8, unsigned byte");
  const bool images = dimensions == grey_dimensions || dimensions == colour_dimensions;
  const bool labels = dimensions == label_dimensions;
  if (!images && !labels) stream.fail_at(3, std::to_string(dimensions) + " dimensions; labels have 1, images 3 or 4");
  if (images != (content == IdxContent::images))
    stream.fail("magic " + hex(number) + (images ? " is an image file" : " is a label file"),
                "did you swap images and labels?");
  return dimensions;
}

/// Reads one size per dimension and checks that memory can hold their product.
std::vector<std::int64_t> read_sizes(ByteStream& stream, int dimensions) {
  std::vector<std::int64_t> sizes;
  std::int64_t elements = 1;
  for (int d = 0; d < dimensions; ++d) {
    const std::int64_t byte = stream.position();
    std::array<std::uint8_t, 4> b{};
    stream.read_all(b, "the sizes");
    const std::int64_t size = std::int64_t{b[0]} << 24 | b[1] << 16 | b[2] << 8 | b[3];
    if (size == 0) stream.fail_at(byte, "dimension " + std::to_string(d) + " has size 0");
    if (size > most_elements / elements)
      stream.fail_at(byte, "dimension " + std::to_string(d) + " of size " + std::to_string(size) +
                               " makes more than 2^34 elements");
    elements *= size;
    sizes.push_back(size);
  }
  return sizes;
}

/// Reads `elements` bytes. Each piece is as large as all before it, so memory is at most about twice what has come.
std::vector<std::uint8_t> read_values(ByteStream& stream, std::size_t elements) {
  const std::int64_t begin = stream.position();
  std::vector<std::uint8_t> values;
  while (values.size() < elements) {
    const std::size_t done = values.size();
    const std::size_t piece = std::min({elements - done, std::max(done, piece_bytes), std::size_t{1} << 30});
    values.reserve(done + piece);
    values.resize(done + piece);
    if (stream.read_some(std::span(values).subspan(done)) < piece)
      stream.fail_at(stream.position(), "the file ends early: its sizes promise " + std::to_string(elements) +
                                            " elements, it holds " + std::to_string(stream.position() - begin));
  }
  return values;
}

}  // namespace

IdxArray read_idx(const std::filesystem::path& path, IdxContent content) {
  ByteStream stream(path, content == IdxContent::images ? "images" : "labels");
  IdxArray array;
  array.sizes = read_sizes(stream, read_magic(stream, content));
  std::size_t elements = 1;
  for (const std::int64_t size : array.sizes) elements *= static_cast<std::size_t>(size);
  try {
    array.values = read_values(stream, elements);
  } catch (const std::bad_alloc&) {
    stream.fail_at(stream.position(), no_memory);
  }
  std::array<std::uint8_t, 1> beyond{};
  if (stream.read_some(beyond) != 0)
    stream.fail_at(stream.position() - 1,
                   "the file goes on after the " + std::to_string(elements) + " elements its sizes promise");
  return array;
}

}  // namespace acrtc::dataset
