#include "acrtc/reuse/count.hpp"

namespace acrtc::reuse {

const std::array<CountField, 10> count_fields = {{
    {"mults_dense", "multiplications (and additions) of the dense GEMM", &ReuseCount::mults_dense},
    {"mults", "multiplications done", &ReuseCount::mults},
    {"adds", "additions done", &ReuseCount::adds},
    {"comparisons", "comparisons of elements of the compared operand", &ReuseCount::comparisons},
    {"elements", "elements of the compared operand", &ReuseCount::elements},
    {"zeros", "elements of the compared operand that are zero", &ReuseCount::zeros},
    {"reused", "elements replaced by an earlier one", &ReuseCount::reused},
    {"reused_zero", "replaced elements that are zero", &ReuseCount::reused_zero},
    {"beats_dense", "beats of a dot-product unit, dense", &ReuseCount::beats_dense},
    {"beats", "beats of a dot-product unit", &ReuseCount::beats},
}};

ReuseCount& ReuseCount::operator+=(const ReuseCount& other) {
  for (const CountField& field : count_fields) this->*field.member += other.*field.member;
  return *this;
}

}  // namespace acrtc::reuse
