#include "acrtc/reuse/values.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reuse/values.cpp"
#include <hwy/foreach_target.h>
// A header for each target follows the one that goes through them.
#include "acrtc/reuse/values-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {

void Widen(const ConstValues& from, float* to) {
  WithElements(from, [&](const auto* x) {
    Map(
        Sink<float, Format::fp32>{to}, from.size, [](Numbers values) { return values; }, x);
  });
}

void RoundInto(const float* from, const Values& to) {
  WithSink(to, [&](auto sink) {
    Map(
        sink, to.size, [](Numbers values) { return values; }, from);
  });
}

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acrtc::reuse {
namespace {

HWY_EXPORT(Widen);
HWY_EXPORT(RoundInto);

}  // namespace

void widen(ConstValues from, float* to) { HWY_DYNAMIC_DISPATCH(Widen)(from, to); }

void round_into(const float* from, Values to) { HWY_DYNAMIC_DISPATCH(RoundInto)(from, to); }

}  // namespace acrtc::reuse
#endif  // HWY_ONCE
