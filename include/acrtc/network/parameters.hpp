#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "acrtc/base/tensor.hpp"

namespace acrtc::network {

/// How a parameter starts. `uniform`: +-scale; `normal`: standard deviation scale; `constant`: scale itself; `sparse`:
/// normal for so many random `connections` of each output (the first extent of the shape), zero for all others.
struct Initializer {
  enum class Kind { constant, uniform, normal, sparse } kind = Kind::constant;
  float scale = 0;
  std::int64_t connections = 0;  ///< of sparse
};

/// One named array of weights inside the flat store.
struct Parameter {
  std::string name;                 ///< "conv1.weight"
  std::string layer;                ///< "conv1"
  std::vector<std::int64_t> shape;  ///< e.g. [out, in, kh, kw]
  Initializer initializer{};
  double learning_rate_factor = 1;  ///< as Caffe's lr_mult
  double weight_decay_factor = 1;   ///< as Caffe's decay_mult
  double average_share = 0;         ///< of a running average: how far a step moves it; 0 = trained
  std::int64_t offset = 0;          ///< into the flat arrays
  std::int64_t size = 0;

  Range range() const { return {offset, offset + size}; }
  /// Whether an optimizer moves it; a running average follows the batches instead.
  bool is_trained() const { return average_share == 0; }
};

/// All parameters of a network in one flat FP32 array, in layer order, and their gradients in another of the same
/// layout: what optimizers and gradient reduction work on. All nodes of a rank share the weights. Each parameter starts
/// on a cache line; the gap before the next is zero in both arrays and stays so under any update without an offset.
///
/// Running averages (of a batch normalisation's statistics) stand behind all trained parameters. In place of gradients
/// forward() leaves what the batch came to, so that it is averaged over nodes as gradients are, and saved as weights.
class ParameterStore {
 public:
  ParameterStore() = default;
  ParameterStore(const ParameterStore&) = delete;
  ParameterStore& operator=(const ParameterStore&) = delete;

  /// Enters a parameter (offset and size are filled in) and returns its index. Only before finish().
  int add(Parameter parameter);
  /// Allocates both arrays, clears the gradients and draws the initial weights: a function of `seed`, the parameter's
  /// index and the element alone.
  void finish(std::uint64_t seed, int threads = 1);

  /// Moves both arrays, with what stands in them, into memory of size() floats each, aligned to cache lines, that
  /// `owner` keeps: where other processes see it, say. After finish(). Spans given out before are no longer valid.
  void move_to(std::span<float> values, std::span<float> gradients, std::shared_ptr<void> owner);

  std::span<const Parameter> list() const { return parameters_; }
  /// Elements of each flat array, gaps included.
  std::int64_t size() const { return size_; }
  /// Elements before the first running average.
  std::int64_t trained_size() const { return trained_size_; }

  std::span<float> values() { return values_; }
  std::span<float> gradients() { return gradients_; }
  std::span<const float> values() const { return values_; }
  std::span<float> values(int parameter);
  std::span<float> gradients(int parameter);

  /// Moves each running average, as far as it lies in `elements`, by its share towards what stands in place of its
  /// gradient, times `factor`.
  void update_averages(double factor, Range elements);

  /// Changes whenever values may have changed: layers that keep packed copies of weights compare it.
  std::uint64_t version() const { return version_; }
  void touch() { ++version_; }

 private:
  void place(Parameter& parameter);

  std::vector<Parameter> parameters_;
  std::int64_t size_ = 0, trained_size_ = 0;
  std::span<float> values_, gradients_;
  std::shared_ptr<void> memory_;  ///< of both
  std::uint64_t version_ = 0;
};

}  // namespace acrtc::network
