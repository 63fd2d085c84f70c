#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "acrtc/reuse/format.hpp"
#include "acrtc/reuse/im2col.hpp"
#include "acrtc/reuse/operand.hpp"

namespace acrtc::test {

/// C of a GEMM as a plain row-major matrix.
class StoredResult : public reuse::Result {
 public:
  StoredResult(std::int64_t m, std::int64_t n) : values(static_cast<std::size_t>(m * n)), n_(n) {}

  void store(std::int64_t, Range rows, Range cols, reuse::Major major, MatrixView<const float> c) override {
    for (std::int64_t r = 0; r < rows.size(); ++r)
      for (std::int64_t j = 0; j < cols.size(); ++j)
        values[static_cast<std::size_t>((rows.begin + r) * n_ + cols.begin + j)] =
            major == reuse::Major::rows ? c(r, j) : c(j, r);
  }

  std::vector<float> values;

 private:
  std::int64_t n_;
};

/// A matrix with its values rounded to a format, as FP32 and, for formats of 16 bits, as halves.
class OwnedMatrix {
 public:
  OwnedMatrix(std::vector<float> data, std::int64_t rows, std::int64_t cols, reuse::Format format)
      : values(std::move(data)), halves_(values.size()), rows_(rows), cols_(cols), format_(format) {
    reuse::round_to(format, values);
    if (reuse::storage_bits(format) == 16) reuse::to_halves(format, values, halves_);
    operand_ = std::make_unique<reuse::StoredMatrix>(MatrixView<const float>{values.data(), rows, cols, cols},
                                                     MatrixView<const std::uint16_t>{halves_.data(), rows, cols, cols});
  }

  const reuse::Operand& operand() const { return *operand_; }

  OwnedMatrix flipped() const {
    std::vector<float> out(values.size());
    for (std::int64_t r = 0; r < rows_; ++r)
      for (std::int64_t c = 0; c < cols_; ++c)
        out[static_cast<std::size_t>(c * rows_ + r)] = values[static_cast<std::size_t>(r * cols_ + c)];
    return {std::move(out), cols_, rows_, format_};
  }

  std::vector<float> values;

 private:
  std::vector<std::uint16_t> halves_;
  std::int64_t rows_, cols_;
  reuse::Format format_;
  std::unique_ptr<reuse::StoredMatrix> operand_;
};

}  // namespace acrtc::test
