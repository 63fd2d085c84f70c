#pragma once

#include <cstddef>
#include <cstdint>
#include <dnnl.hpp>
#include <initializer_list>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "acrtc/base/tensor.hpp"
#include "acrtc/dense/element.hpp"
#include "engine_state.hpp"

namespace acrtc::dense {

/// A oneDNN primitive with its memory objects, which are cheap to point elsewhere but not to make. For the main thread.
class BoundPrimitive {
 public:
  BoundPrimitive() = default;
  BoundPrimitive(dnnl::primitive primitive, const dnnl::engine& engine, std::initializer_list<Argument> arguments)
      : primitive_(std::move(primitive)) {
    for (const Argument& argument : arguments) {
      memories_.emplace_back(argument.shape, engine, nullptr);
      by_id_.emplace(argument.id, memories_.back());
    }
  }

  /// `data` in the order of the arguments; `workspace` for the argument behind them, where there is one.
  void run(dnnl::stream& stream, std::initializer_list<const void*> data, void* workspace) {
    auto memory = memories_.begin();
    for (const void* pointer : data) point(*memory++, pointer);
    if (memory != memories_.end()) memory->set_data_handle(workspace);
    primitive_.execute(stream, by_id_);
    stream.wait();
  }

 private:
  dnnl::primitive primitive_;
  std::vector<dnnl::memory> memories_;
  std::unordered_map<int, dnnl::memory> by_id_;  ///< handles to the same memories
};

/// A function and its derivative, which may read what the function left in a workspace: the last argument of both.
struct PrimitivePair {
  BoundPrimitive forward, backward;
  std::size_t workspace_bytes = 0;
};

/// Pairs by batch size, made on first use: the last batch of an evaluation may be smaller than the others.
class PrimitivePairs {
 public:
  explicit PrimitivePairs(Engine& engine) : engine_(engine.state()) {}
  virtual ~PrimitivePairs() = default;

  /// `data` in the order of the forward arguments, without the workspace.
  void forward(std::int64_t size, std::initializer_list<const void*> data) {
    get(size).forward.run(engine_.stream, data, workspace_.data());
  }
  /// Of the last forward(). `data` in the order of the backward arguments, without the workspace.
  void backward(std::int64_t size, std::initializer_list<const void*> data) {
    get(size).backward.run(engine_.stream, data, workspace_.data());
  }

  std::size_t workspace_bytes() const { return workspace_.size(); }

 protected:
  const dnnl::engine& engine() const { return engine_.engine; }

 private:
  virtual PrimitivePair make(std::int64_t size) = 0;

  PrimitivePair& get(std::int64_t size) {
    const auto found = by_size_.find(size);
    if (found != by_size_.end()) return found->second;
    expect_memory_for_a_primitive();
    PrimitivePair& made = by_size_.emplace(size, make(size)).first->second;
    workspace_.reserve(made.workspace_bytes);
    return made;
  }

  Engine::State& engine_;
  std::map<std::int64_t, PrimitivePair> by_size_;
  AlignedBuffer<std::byte> workspace_;  ///< of the last forward(), as large as the largest batch needs
};

}  // namespace acrtc::dense
