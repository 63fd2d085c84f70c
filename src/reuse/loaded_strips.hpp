#pragma once

#include "acrtc/reuse/operand.hpp"
#include "acrtc/reuse/scheme.hpp"

namespace acrtc::reuse {

/// Strips of any operand that comes column by column, as it loads them.
template <class T>
class LoadedStrips {
 public:
  explicit LoadedStrips(const Gemm& gemm) : a_(gemm.a) {}

  void begin(Range) {}

  void load(Range rows, Range, Range strip, MatrixView<T> out) { a_.load(rows, strip, out); }

 private:
  const Operand& a_;
};

}  // namespace acrtc::reuse
