#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "acrtc/dense/engine.hpp"
#include "acrtc/reuse/count.hpp"
#include "acrtc/reuse/format.hpp"
#include "acrtc/reuse/im2col.hpp"
#include "acrtc/reuse/role.hpp"
#include "acrtc/reuse/scheme.hpp"
#include "acrtc/reuse/strength.hpp"

namespace acrtc::network {

/// Which operand of grad_weight is compared: im2col(X)^T or dY^T.
enum class WeightGradientOperand { x, dy };

/// How the reuse-aware GEMMs of a network run.
struct GemmOptions {
  reuse::Format format = reuse::Format::bf16;
  reuse::ColumnOrder column_order = reuse::ColumnOrder::ckhkw;
  WeightGradientOperand weight_gradient_operand = WeightGradientOperand::x;
};

/// One reuse-aware GEMM of a network: a row of the run log. Sizes are those of one call (one micro-batch, one group).
struct GemmInfo {
  std::string layer;
  std::string part;  ///< of the layer, where it has several weights: "recurrent"; mostly empty
  reuse::Role role;
  std::int64_t m = 0, n = 0, k = 0;
  std::int64_t calls = 1;  ///< a pass runs it that often: groups of a convolution, steps of a recurrence
  /// Elements of X behind the matrix im2col(X) of one call, where that repeats them; 0 = as many as the matrix has.
  std::int64_t stored_input = 0;

  std::string name() const;  ///< "conv2/forward", "lstm1.recurrent/forward"
};

/// What one GEMM did in one pass of one node: its calls summed.
struct GemmRecord {
  reuse::ReuseCount count;
  reuse::Strength strength;
};

/// Looks at operands on their way into a GEMM (to capture or to probe them). Called before the GEMM runs.
using GemmObserver = std::function<void(const GemmInfo&, std::int64_t node, reuse::Strength, const reuse::Gemm&)>;

/// Runs every reuse-aware GEMM of a network under one scheme and keeps the counts of the current pass. Evaluation runs
/// dense and is not counted.
class GemmRunner {
 public:
  /// `scheme` and `engine` must outlive the runner.
  GemmRunner(const reuse::Scheme& scheme, GemmOptions options, dense::Engine& engine);

  const GemmOptions& options() const { return options_; }
  dense::Engine& engine() const { return engine_; }

  /// Enters a GEMM; called by layers while they are built. Returns its id, dense from 0.
  int add(GemmInfo info);
  const std::vector<GemmInfo>& list() const { return infos_; }

  /// The strength of each GEMM from now on (index = id), level 0 before; Strength::off() runs it dense.
  void set_strengths(std::vector<reuse::Strength> strengths);
  /// Starts a pass of `node`: counts of the pass before are forgotten.
  void begin_pass(std::int64_t node);
  /// Counts of the current pass, index = id.
  const std::vector<GemmRecord>& records() const { return records_; }
  /// Returns the observer before, which a new one that only visits calls too and puts back at its end.
  GemmObserver set_observer(GemmObserver observer) { return std::exchange(observer_, std::move(observer)); }

  /// C = A * B with the id's strength; adds to the id's record.
  void run(int id, const reuse::Operand& a, const reuse::Operand& b, reuse::Result& c);
  /// C = A * B, dense and uncounted, for evaluation.
  void run_dense(const reuse::Operand& a, const reuse::Operand& b, reuse::Result& c);

  /// Memories of the scheme, by node and the id of a weight's first GEMM, made on first use: part of a checkpoint.
  std::map<std::pair<std::int64_t, int>, std::unique_ptr<reuse::LayerMemory>>& memories() { return memories_; }

 private:
  reuse::LayerMemory* memory(int id);

  const reuse::Scheme& scheme_;
  std::unique_ptr<reuse::Scheme> dense_;
  GemmOptions options_;
  dense::Engine& engine_;
  std::int64_t node_ = 0;
  std::vector<GemmInfo> infos_;
  std::vector<int> memory_ids_;  ///< of each GEMM: the first one of its weight
  std::vector<reuse::Strength> strengths_;
  std::vector<GemmRecord> records_;
  GemmObserver observer_;
  std::map<std::pair<std::int64_t, int>, std::unique_ptr<reuse::LayerMemory>> memories_;
};

}  // namespace acrtc::network
