#pragma once

#include <string_view>

namespace acrtc::reuse {

/// The three GEMMs of a layer with weights. A is the compared operand of C[m,n] = A[m,k] * B[k,n]:
/// `forward` im2col(X) * W, `grad_input` dY * W^T, `grad_weight` im2col(X)^T * dY (or dY^T * im2col(X)).
enum class Role { forward, grad_input, grad_weight };

inline constexpr Role roles[] = {Role::forward, Role::grad_input, Role::grad_weight};

const char* name(Role role);
/// Throws UserError for a name that is none of forward, grad_input, grad_weight.
Role parse_role(std::string_view name);

}  // namespace acrtc::reuse
