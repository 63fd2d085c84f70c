#pragma once

#include "acrtc/dense/lrn.hpp"
#include "acrtc/reuse/values.hpp"

/// The local response normalisation that networks use most, of tensors of any format as they lie: oneDNN's would first
/// turn them into FP32 blocks of channels, and back. All other is left to it.
namespace acrtc::network {

/// What the functions below take: neighbouring channels, and the power that is two square roots.
inline bool is_two_roots_across(const dense::LrnSpec& how) {
  return how.region == dense::LrnSpec::Region::across_channels && how.beta == 0.75F;
}

/// x[samples, shape] -> y[samples, shape]. Sums are FP32, in ascending order of channels, and results are rounded once,
/// so that they depend neither on threads nor on the instruction set. What is not finite is passed on to all whose
/// neighbourhoods hold it, as the formula has it.
void normalize_responses(int threads, const dense::LrnSpec& how, reuse::ConstValues x, reuse::Values y);

/// dx of the x that was normalised, from dy[samples, shape]. Keeps nothing of the way forward: one that is computed
/// anew takes less time than its way through memory.
void differentiate_responses(int threads, const dense::LrnSpec& how, reuse::ConstValues x, reuse::ConstValues dy,
                             reuse::Values dx);

}  // namespace acrtc::network
