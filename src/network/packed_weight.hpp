#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "acrtc/network/parameters.hpp"
#include "acrtc/reuse/format.hpp"
#include "acrtc/reuse/im2col.hpp"
#include "acrtc/reuse/values.hpp"

namespace acrtc::network {

/// A weight W[outputs x columns] as GEMMs load it: rounded to the operand format, columns in im2col's order. The copy
/// is renewed when the ParameterStore's version has changed; where nothing differs there is none.
class PackedWeight {
 public:
  /// Column k of the operand is column column_order[k] of the stored weight; empty where they agree.
  PackedWeight(std::int64_t outputs, std::int64_t columns, reuse::Format format,
               std::vector<std::int64_t> column_order);

  void update(ParameterStore& store, int parameter, int threads);

  /// Some rows of W, as of the last update().
  reuse::StoredMatrix rows(Range outputs) const;
  const std::vector<std::int64_t>& column_order() const { return column_order_; }
  std::int64_t memory_bytes() const;

 private:
  bool loads_halves() const;
  bool needs_copy() const { return format_ != reuse::Format::fp32 || !column_order_.empty(); }
  /// Where all of the copy goes.
  reuse::Values copy();
  void pack_in_order(Range outputs, reuse::Values to) const;

  std::int64_t outputs_, columns_;
  reuse::Format format_;
  std::vector<std::int64_t> column_order_;
  std::uint64_t version_ = 0;
  AlignedBuffer<float> rounded_;         ///< empty where halves are loaded
  AlignedBuffer<std::uint16_t> halves_;  ///< empty where FP32 values are
  const float* values_ = nullptr;
};

}  // namespace acrtc::network
