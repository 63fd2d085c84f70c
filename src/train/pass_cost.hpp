#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "acrtc/base/tensor.hpp"
#include "acrtc/hardware/cost.hpp"
#include "acrtc/network/network.hpp"
#include "acrtc/train/trainer.hpp"

namespace acrtc::train {

/// A time in all its variants.
struct Times {
  Seconds dense, reuse;   ///< with nothing reused, and with reuse
  Seconds fixed, scaled;  ///< with reuse, under either kind of stalls: hardware::StallBounds
};
Times times_of(const hardware::CostPair& cost);

using TimeVariant = Seconds Times::*;
inline constexpr TimeVariant time_variants[] = {&Times::dense, &Times::reuse, &Times::fixed, &Times::scaled};

/// What one node's forward and backward pass costs on its accelerator.
struct PassCost {
  std::vector<hardware::CostPair> gemms;  ///< [gemm]
  hardware::CostPair total;               ///< GEMMs, element-wise layers, input
  std::vector<Times> ready;  ///< [bucket]: when the last micro-batch's backward has finished it, since the step began
};

/// Prices passes over batches of one size. Layers run one after another, forward and then backward. An element-wise
/// layer reads its inputs and writes its output once going forward; going backward it moves twice as much (all of them
/// again and their gradients). A ReLU that the layer before does on its way out moves nothing forward; going backward
/// its output is read once, to mask the gradient as that is written. Micro-batches do so one after another, each in an
/// equal share of the time.
class PassPricer {
 public:
  /// `buckets`: ranges of the flat gradients.
  PassPricer(const TrainParts& parts, const TrainOptions& options, std::span<const Range> buckets);

  /// `records`: what the network's GEMMs did, index = GEMM.
  PassCost price(std::span<const network::GemmRecord> records) const;

 private:
  struct Layer {
    std::vector<int> forward{}, backward{};        ///< GEMMs
    hardware::Cost moves_forward, moves_backward;  ///< what a layer without GEMMs moves
  };

  void add_gemms(const TrainParts& parts, const TrainOptions& options);
  void find_first_layers(network::ParameterStore& parameters, std::span<const Range> buckets);
  int layer_index(std::string_view name) const;
  std::vector<Times> ready_times(const PassCost& cost) const;
  hardware::CostPair forward_cost(const Layer& layer, const PassCost& cost) const;
  hardware::CostPair backward_cost(const Layer& layer, const PassCost& cost) const;

  const hardware::Accelerator& accelerator_;
  std::span<const network::LayerInfo> infos_;
  std::vector<hardware::GemmWork> gemms_;  ///< without what reuse did
  std::vector<Layer> layers_;
  std::vector<int> first_layer_;  ///< [bucket]: the layer whose backward pass finishes it
  double micro_batches_;
  hardware::Cost input_;
};

}  // namespace acrtc::train
