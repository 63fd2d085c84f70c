// Counting what masks of a vector's lanes say. Compiled once for each instruction set: the include guard is Highway's
// per-target one.

#if defined(ACRTC_REUSE_LANE_SUM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ACRTC_REUSE_LANE_SUM_INL_H_
#undef ACRTC_REUSE_LANE_SUM_INL_H_
#else
#define ACRTC_REUSE_LANE_SUM_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// A sum in each lane: adding costs one instruction, where counting a mask's bits costs three.
template <class D>
class LaneSum {
 public:
  LaneSum() : sums_(hn::Zero(D())) {}  // an implicit one is not compiled for the instruction set

  HWY_INLINE void AddWhere(hn::Mask<D> where, hn::Vec<D> numbers) {
    sums_ = hn::IfThenElse(where, hn::Add(sums_, numbers), sums_);
  }

  /// Adds the lanes up, and begins anew.
  std::uint64_t Take() {
    const hn::Repartition<std::uint32_t, D> d32;
    const hn::Repartition<std::uint64_t, D> d64;
    auto sums = hn::BitCast(d32, sums_);
    if constexpr (sizeof(hn::TFromD<D>) == 2)
      sums = hn::Add(hn::And(sums, hn::Set(d32, 0xffff)), hn::ShiftRight<16>(sums));
    const auto pairs = hn::BitCast(d64, sums);
    sums_ = hn::Zero(D());
    const auto low = hn::And(pairs, hn::Set(d64, 0xffffffff));
    return hn::GetLane(hn::SumOfLanes(d64, hn::Add(low, hn::ShiftRight<32>(pairs))));
  }

 private:
  hn::Vec<D> sums_;
};

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
