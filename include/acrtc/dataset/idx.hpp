#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace acrtc::dataset {

/// An array of unsigned bytes, the last dimension fastest.
struct IdxArray {
  std::vector<std::int64_t> sizes;   ///< one per dimension, all >= 1
  std::vector<std::uint8_t> values;  ///< as many as the product of the sizes

  /// Where the file holds values[i], counted from the start of its (decompressed) bytes.
  std::int64_t byte_of(std::int64_t i) const { return 4 + 4 * static_cast<std::int64_t>(sizes.size()) + i; }
};

/// What a file is expected to hold: images [n, h, w] or [n, c, h, w], or labels [n].
enum class IdxContent { images, labels };

/// Reads a file of the IDX format, plain or gzip-compressed: two zero bytes, the element type (0x08, unsigned byte, is
/// the one accepted), the number of dimensions, each size as a 32-bit big-endian integer, then the elements. The format
/// is that of the MNIST distribution (LeCun, Cortes and Burges, 1998).
/// Memory grows with what the file delivers, never with what its header promises.
/// Throws UserError naming the file, the byte and the reason: missing, damaged, cut short, too long, beyond memory or
/// 2^34 elements, not IDX, another element type, or images where labels are expected and the reverse.
IdxArray read_idx(const std::filesystem::path& path, IdxContent content);

}  // namespace acrtc::dataset
