#pragma once

#include <cstdint>

#include "acrtc/reuse/values.hpp"
#include "pooling_plan.hpp"

/// Pooling of some of a tensor's planes. Winners are those of all planes, of no matter for averages.
namespace acrtc::network {

/// By vectors, from a plane that begins a grid on.
void pool_grids(const PoolingPlan& plan, Range planes, reuse::ConstValues x, reuse::Values y, std::uint8_t* winners);
void differentiate_grids(const PoolingPlan& plan, Range planes, const std::uint8_t* winners, reuse::ConstValues dy,
                         reuse::Values dx);

/// As the definition says, for any window: so many planes side by side, from a multiple of them on. Winners are pixels,
/// by such planes and output.
constexpr std::int64_t plain_planes = 16;
void pool_plainly(const PoolingSpec& spec, Range planes, reuse::ConstValues x, reuse::Values y, std::int32_t* winners);
void differentiate_plainly(const PoolingSpec& spec, Range planes, const std::int32_t* winners, reuse::ConstValues dy,
                           reuse::Values dx);

}  // namespace acrtc::network
