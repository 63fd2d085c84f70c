#include "packed_weight.hpp"

#include <algorithm>

#include "acrtc/base/parallel.hpp"

namespace acrtc::network {

PackedWeight::PackedWeight(std::int64_t outputs, std::int64_t columns, reuse::Format format,
                           std::vector<std::int64_t> column_order)
    : outputs_(outputs), columns_(columns), format_(format), column_order_(std::move(column_order)) {
  const auto size = static_cast<std::size_t>(outputs * columns);
  if (needs_copy()) rounded_ = AlignedBuffer<float>(size);
  if (format == reuse::Format::bf16) bf16_ = AlignedBuffer<std::uint16_t>(size);
}

void PackedWeight::update(ParameterStore& store, int parameter, int threads) {
  if (version_ == store.version()) return;
  version_ = store.version();
  const float* weight = store.values(parameter).data();
  values_ = needs_copy() ? rounded_.data() : weight;
  if (needs_copy()) parallel_for(threads, outputs_, [&](std::int64_t output) { pack_row(output, weight); });
}

void PackedWeight::pack_row(std::int64_t output, const float* weight) {
  const auto begin = static_cast<std::size_t>(output * columns_), size = static_cast<std::size_t>(columns_);
  const std::span<float> to = rounded_.span().subspan(begin, size);
  for (std::size_t k = 0; k < size; ++k)
    to[k] = weight[begin + (column_order_.empty() ? k : static_cast<std::size_t>(column_order_[k]))];
  reuse::round_to(format_, to);
  if (format_ == reuse::Format::bf16) reuse::to_bf16(to, bf16_.span().subspan(begin, size));
}

reuse::StoredMatrix PackedWeight::rows(Range outputs) const {
  const std::int64_t begin = outputs.begin * columns_;
  const std::uint16_t* halves = format_ == reuse::Format::bf16 ? bf16_.data() + begin : nullptr;
  return {{values_ + begin, outputs.size(), columns_, columns_}, {halves, outputs.size(), columns_, columns_}};
}

std::int64_t PackedWeight::memory_bytes() const {
  return static_cast<std::int64_t>(rounded_.size() * sizeof(float) + bf16_.size() * sizeof(std::uint16_t));
}

}  // namespace acrtc::network
