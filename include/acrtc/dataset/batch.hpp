#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "acrtc/base/tensor.hpp"
#include "acrtc/dataset/dataset.hpp"

namespace acrtc::dataset {

/// Samples as a network takes them.
struct Batch {
  Tensor images;                     ///< [n, c, h, w], normalised FP32
  std::vector<std::int32_t> labels;  ///< [n]
};

/// Reads the samples `indices` of one split into `batch` on up to `threads` threads; memory of `batch` is reused.
/// Throws what Dataset::read throws; `batch` is then unspecified.
void read_batch(const Dataset& dataset, Split split, std::uint32_t epoch, std::span<const std::uint32_t> indices,
                int threads, Batch& batch);

}  // namespace acrtc::dataset
