#pragma once

namespace acrtc::dense {

/// What operands and tensors are made of: float, or the upper halves of FP32 numbers as std::uint16_t.
enum class Element { f32, bf16 };

}  // namespace acrtc::dense
