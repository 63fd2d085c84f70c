#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "acrtc/dataset/byte_images.hpp"

namespace acrtc::dataset {

/// The bytes before each image's 3 x 32 x 32 pixels (planes red, green, blue, each row by row).
struct CifarRecord {
  std::int64_t label_bytes = 1;  ///< 1 in CIFAR-10; 2 in CIFAR-100: coarse, fine
  std::int64_t label = 0;        ///< which of them is the label to learn
  std::int64_t classes = 10;     ///< of that label
  std::int64_t most = 10000;     ///< in a file
};
constexpr SampleShape cifar_shape{3, 32, 32};

/// Appends the records of a file of the binary version of CIFAR (Krizhevsky, 2009), plain or gzip-compressed.
/// Memory grows with what the file delivers. Throws UserError naming file and byte where a record is cut short, its
/// label is not below the number of classes or there are more records than a file has, and where the file is empty.
void read_cifar(const std::filesystem::path& path, const CifarRecord& record, ByteSamples& samples);

}  // namespace acrtc::dataset
