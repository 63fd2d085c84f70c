#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "acrtc/dataset/byte_images.hpp"

namespace acrtc::dataset {

/// The bytes before each image's 3 x 32 x 32 pixels (planes red, green, blue, each row by row).
struct CifarRecord {
  std::vector<std::int64_t> labels{10};  ///< classes of each byte; CIFAR-100 has two: {20, 100}, coarse and fine
  std::size_t label = 0;                 ///< which of them is to be learnt
  std::int64_t most = 10000;             ///< records in a file

  std::int64_t classes() const { return labels[label]; }
};
constexpr SampleShape cifar_shape{3, 32, 32};

/// Appends the records of a file of the binary version of CIFAR (Krizhevsky, 2009), plain or gzip-compressed.
/// Memory grows with what the file delivers. Throws UserError naming file and byte where a record is cut short, a
/// label is not below the number of classes or there are more records than a file has, and where the file is empty.
void read_cifar(const std::filesystem::path& path, const CifarRecord& record, ByteSamples& samples);

}  // namespace acrtc::dataset
