#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "acrtc/base/registry.hpp"
#include "acrtc/dense/engine.hpp"
#include "acrtc/reuse/count.hpp"
#include "acrtc/reuse/format.hpp"
#include "acrtc/reuse/operand.hpp"
#include "acrtc/reuse/role.hpp"
#include "acrtc/reuse/strength.hpp"

namespace acrtc::reuse {

/// One GEMM C[m,n] = A[m,k] * B[k,n] to be run by a scheme. References outlive the call.
struct Gemm {
  const Operand& a;  ///< compared operand, m x k
  const Operand& b;  ///< k x n
  Result& c;
  Format format;
  dense::Engine& engine;
  Role role = Role::forward;  ///< what it computes for the layer whose memory the scheme gets

  std::int64_t m() const { return a.rows(); }
  std::int64_t n() const { return b.cols(); }
  std::int64_t k() const { return a.cols(); }
};

/// What a scheme remembers of one weight of a layer on one node: its three GEMMs share it, from forward to backward and
/// across calls. Part of a checkpoint.
class LayerMemory {
 public:
  virtual ~LayerMemory() = default;
  virtual std::vector<std::byte> save() const = 0;
  virtual void restore(std::span<const std::byte> bytes) = 0;
};

/// A way to reuse the products of similar operands: it runs a whole GEMM, may survey all blocks first, transform either
/// operand, and keep a LayerMemory. Results and counts depend on operands, settings, strength and memory alone.
class Scheme {
 public:
  static constexpr const char* kind = "scheme";
  using Factory = std::function<std::unique_ptr<Scheme>(const Settings&)>;

  virtual ~Scheme() = default;

  /// The strongest level that means anything in `format`; levels above it act like it.
  virtual int max_level(Format format) const = 0;
  /// Null for a scheme without memory.
  virtual std::unique_ptr<LayerMemory> make_memory() const { return nullptr; }
  /// Runs the GEMM. `memory` is this layer's and node's, or null. Thread-safe between different GEMMs.
  virtual ReuseCount multiply(const Gemm& gemm, Strength strength, LayerMemory* memory) const = 0;
};

}  // namespace acrtc::reuse
