#include "sequence.hpp"

#include <algorithm>

#include "acrtc/reuse/blocks.hpp"

namespace acrtc::network {
namespace {

/// Which row of a tensor with `steps` a sample belongs to row `row` of a matrix.
std::int64_t tensor_row(std::int64_t row, const Steps& chosen, std::int64_t steps) {
  return row / chosen.count * steps + chosen.first + row % chosen.count * chosen.period;
}

template <class T>
void load_rows(const T* from, const SequenceView& view, const Steps& steps, Range rows, Range columns,
               MatrixView<T> out) {
  for (std::int64_t row = rows.begin; row < rows.end; ++row)
    std::copy_n(from + tensor_row(row, steps, view.steps) * view.features + columns.begin, columns.size(),
                out.row(row - rows.begin));
}

}  // namespace

void SequenceMatrix::load(Range rows, Range cols, MatrixView<float> out) const {
  const Range columns{features_.begin + cols.begin, features_.begin + cols.end};
  load_rows(view_.values, view_, steps_, rows, columns, out);
}

void SequenceMatrix::load(Range rows, Range cols, MatrixView<std::uint16_t> out) const {
  const Range columns{features_.begin + cols.begin, features_.begin + cols.end};
  load_rows(view_.halves, view_, steps_, rows, columns, out);
}

void SequenceSum::store(std::int64_t, Range rows, Range cols, reuse::Major major, MatrixView<const float> c) {
  const bool by_rows = major == reuse::Major::rows;
  const std::int64_t row_step = by_rows ? c.stride : 1, column_step = by_rows ? 1 : c.stride;
  for (std::int64_t row = rows.begin; row < rows.end; ++row) {
    const float* from = c.data + (row - rows.begin) * row_step;
    float* to = to_.values + tensor_row(row, steps_, to_.steps) * to_.features + to_.first_feature + cols.begin;
    for (std::int64_t j = 0; j < cols.size(); ++j) to[j] += from[j * column_step];
  }
}

void Sequence::resize(const GemmRunner& gemms, std::int64_t samples, std::int64_t steps, std::int64_t features) {
  format_ = gemms.options().format;
  samples_ = samples, steps_ = steps, features_ = features;
  const auto size = static_cast<std::size_t>(samples * steps * features);
  values_.reserve(size);
  if (reuse::loads_halves(format_)) halves_.reserve(size);
}

std::span<float> Sequence::row(std::int64_t sample, std::int64_t step) {
  return {values_.data() + (sample * steps_ + step) * features_, static_cast<std::size_t>(features_)};
}

void Sequence::finish_row(std::int64_t sample, std::int64_t step) {
  const std::span<float> values = row(sample, step);
  reuse::round_to(format_, values);
  if (reuse::loads_halves(format_))
    reuse::to_halves(format_, values, {halves_.data() + (values.data() - values_.data()), values.size()});
}

std::span<float> Sequence::values() {
  return {values_.data(), static_cast<std::size_t>(samples_ * steps_ * features_)};
}

SequenceView Sequence::view() const { return {values_.data(), halves_.data(), samples_, steps_, features_}; }

std::int64_t Sequence::memory_bytes() const {
  return static_cast<std::int64_t>(values_.size() * sizeof(float) + halves_.size() * sizeof(std::uint16_t));
}

}  // namespace acrtc::network
