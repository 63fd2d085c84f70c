#pragma once

#include <cstdint>
#include <span>

#include "acrtc/network/gemm_runner.hpp"
#include "acrtc/reuse/operand.hpp"

/// Sequences s[samples, steps, features] as matrices whose rows are steps.
namespace acrtc::network {

/// The steps first, first + period, ... of every sample.
struct Steps {
  std::int64_t first = 0, count = 1, period = 1;
};

/// A sequence tensor as GEMMs read it. Not owned.
struct SequenceView {
  const float* values = nullptr;          ///< rounded to the operand format
  const std::uint16_t* halves = nullptr;  ///< of formats that GEMMs load as such
  std::int64_t samples = 0, steps = 0, features = 0;
};

/// Some features of some steps: a matrix of (sample, step) rows, the step fastest.
class SequenceMatrix : public reuse::Operand {
 public:
  SequenceMatrix(const SequenceView& view, Steps steps, Range features)
      : view_(view), steps_(steps), features_(features) {}

  std::int64_t rows() const override { return view_.samples * steps_.count; }
  std::int64_t cols() const override { return features_.size(); }
  reuse::Major major() const override { return reuse::Major::rows; }
  bool compact() const override { return true; }
  void load(Range rows, Range cols, MatrixView<float> out) const override;
  void load(Range rows, Range cols, MatrixView<std::uint16_t> out) const override;

 private:
  SequenceView view_;
  Steps steps_;
  Range features_;
};

/// Where SequenceSum adds: a sequence tensor, some of its features.
struct SequenceTarget {
  float* values = nullptr;
  std::int64_t steps = 1, features = 0;  ///< of the tensor
  std::int64_t first_feature = 0;        ///< that the GEMM adds to
};

/// Adds a GEMM's rows to the steps of a sequence tensor.
class SequenceSum : public reuse::Result {
 public:
  SequenceSum(const SequenceTarget& to, Steps steps) : to_(to), steps_(steps) {}

  void store(std::int64_t slab, Range rows, Range cols, reuse::Major major, MatrixView<const float> c) override;

 private:
  SequenceTarget to_;
  Steps steps_;
};

/// A sequence tensor of its own, made row by row and read by GEMMs.
class Sequence {
 public:
  void resize(const GemmRunner& gemms, std::int64_t samples, std::int64_t steps, std::int64_t features);

  std::span<float> row(std::int64_t sample, std::int64_t step);
  /// After a row was written: rounds it to the operand format and keeps its halves.
  void finish_row(std::int64_t sample, std::int64_t step);
  std::span<float> values();
  SequenceView view() const;
  std::int64_t memory_bytes() const;

 private:
  reuse::Format format_ = reuse::Format::fp32;
  std::int64_t samples_ = 0, steps_ = 0, features_ = 0;
  AlignedBuffer<float> values_;
  AlignedBuffer<std::uint16_t> halves_;  ///< empty where GEMMs load FP32 values
};

}  // namespace acrtc::network
