#pragma once

#include <cstdint>
#include <dnnl.hpp>
#include <initializer_list>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

namespace acrtc::dense {

/// A oneDNN primitive with its memory objects, which are cheap to point elsewhere but not to make. For the main thread.
class BoundPrimitive {
 public:
  struct Argument {
    int id;  ///< DNNL_ARG_...
    dnnl::memory::desc shape;
  };

  BoundPrimitive() = default;
  BoundPrimitive(dnnl::primitive primitive, const dnnl::engine& engine, std::initializer_list<Argument> arguments)
      : primitive_(std::move(primitive)) {
    for (const Argument& argument : arguments) {
      memories_.emplace_back(argument.shape, engine, nullptr);
      by_id_.emplace(argument.id, memories_.back());
    }
  }

  /// `data` in the order of the arguments.
  void run(dnnl::stream& stream, std::initializer_list<const void*> data) {
    auto memory = memories_.begin();
    // oneDNN takes non-const handles for sources too; it does not write to them.
    for (const void* pointer : data) (memory++)->set_data_handle(const_cast<void*>(pointer));
    primitive_.execute(stream, by_id_);
    stream.wait();
  }

 private:
  dnnl::primitive primitive_;
  std::vector<dnnl::memory> memories_;
  std::unordered_map<int, dnnl::memory> by_id_;  ///< handles to the same memories
};

/// A function and its derivative.
struct PrimitivePair {
  BoundPrimitive forward, backward;
};

/// Pairs by batch size: the last batch of an evaluation may be smaller than the others.
class PrimitivePairs {
 public:
  /// The pair for `size`, from make(size) on first use.
  template <class Make>
  PrimitivePair& get(std::int64_t size, const Make& make) {
    const auto found = by_size_.find(size);
    return found != by_size_.end() ? found->second : by_size_.emplace(size, make(size)).first->second;
  }

 private:
  std::map<std::int64_t, PrimitivePair> by_size_;
};

}  // namespace acrtc::dense
