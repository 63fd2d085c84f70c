#include "packed_weight.hpp"

#include <algorithm>

#include "acrtc/base/parallel.hpp"
#include "acrtc/reuse/blocks.hpp"

namespace acrtc::network {
namespace {

constexpr std::int64_t row_grain = 16;

}  // namespace

PackedWeight::PackedWeight(std::int64_t outputs, std::int64_t columns, reuse::Format format,
                           std::vector<std::int64_t> column_order)
    : outputs_(outputs), columns_(columns), format_(format), column_order_(std::move(column_order)) {
  const auto size = static_cast<std::size_t>(outputs * columns);
  if (loads_halves())
    halves_ = AlignedBuffer<std::uint16_t>(size);
  else if (needs_copy())
    rounded_ = AlignedBuffer<float>(size);
}

bool PackedWeight::loads_halves() const { return reuse::loads_halves(format_); }

void PackedWeight::update(ParameterStore& store, int parameter, int threads) {
  if (version_ == store.version()) return;
  version_ = store.version();
  values_ = store.values(parameter).data();
  if (!needs_copy()) return;
  const reuse::Values to = copy();
  parallel_ranges(threads, outputs_, row_grain, [&](std::int64_t begin, std::int64_t end) {
    if (column_order_.empty())
      reuse::round_into(values_ + begin * columns_, to.part(begin * columns_, (end - begin) * columns_));
    else
      pack_in_order({begin, end}, to);
  });
}

reuse::Values PackedWeight::copy() {
  return loads_halves() ? reuse::values_of(halves_.span(), format_) : reuse::values_of(rounded_.span(), format_);
}

void PackedWeight::pack_in_order(Range outputs, reuse::Values to) const {
  std::vector<float> row(static_cast<std::size_t>(columns_));
  for (std::int64_t at = outputs.begin * columns_; at < outputs.end * columns_; at += columns_) {
    for (std::int64_t k = 0; k < columns_; ++k) row[k] = values_[at + column_order_[k]];
    reuse::round_into(row.data(), to.part(at, columns_));
  }
}

reuse::StoredMatrix PackedWeight::rows(Range outputs) const {
  const std::int64_t begin = outputs.begin * columns_;
  const float* values = needs_copy() ? rounded_.data() : values_;
  const MatrixView<const float> floats{loads_halves() ? nullptr : values + begin, outputs.size(), columns_, columns_};
  const MatrixView<const std::uint16_t> halves{loads_halves() ? halves_.data() + begin : nullptr, outputs.size(),
                                               columns_, columns_};
  return {floats, halves};
}

std::int64_t PackedWeight::memory_bytes() const {
  return static_cast<std::int64_t>(rounded_.size() * sizeof(float) + halves_.size() * sizeof(std::uint16_t));
}

}  // namespace acrtc::network
