#pragma once

#include <omp.h>

#include <cstddef>
#include <dnnl.hpp>
#include <initializer_list>
#include <utility>
#include <vector>

#include "acrtc/base/error.hpp"
#include "engine_state.hpp"

namespace acrtc::dense {

/// The thread count when a oneDNN primitive is made, and with some when it runs, decides how it cuts its work; ours are
/// for one thread.
class OneThread {
 public:
  OneThread() { omp_set_num_threads(1); }
  ~OneThread() { omp_set_num_threads(threads_); }

 private:
  int threads_ = omp_get_max_threads();
};

/// Attributes of a primitive whose scratchpad is ours, as OneThreadPrimitive asks.
inline dnnl::primitive_attr with_own_scratchpad() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

/// A oneDNN primitive that several threads run at once, each for itself, with one set of memory objects a thread: they
/// are cheap to point elsewhere, not to make.
class OneThreadPrimitive {
 public:
  /// `primitive` was made under OneThread.
  OneThreadPrimitive(dnnl::primitive primitive, const dnnl::memory::desc& scratchpad,
                     std::initializer_list<Argument> arguments, Engine& engine)
      : primitive_(std::move(primitive)) {
    const dnnl::engine& eng = engine.state().engine;
    for (int t = 0; t < engine.threads(); ++t) {
      Own& own = threads_.emplace_back(dnnl::stream(eng));
      for (const Argument& argument : arguments) own.add(argument.id, {argument.shape, eng, nullptr});
      own.add(DNNL_ARG_SCRATCHPAD, {scratchpad, eng});
    }
  }

  /// `data` in the order of the arguments. Thread-safe; `thread` < engine.threads() is the caller's thread_index().
  void run(int thread, std::initializer_list<const void*> data) {
    Own& own = threads_[static_cast<std::size_t>(thread)];
    auto memory = own.memories.begin();
    for (const void* pointer : data) point(*memory++, pointer);
    const OneThread guard;
    const auto status = dnnl_primitive_execute(primitive_.get(), own.stream.get(),
                                               static_cast<int>(own.arguments.size()), own.arguments.data());
    require(status == dnnl_success, "oneDNN could not run a primitive");
  }

 private:
  struct Own {
    explicit Own(dnnl::stream with) : stream(std::move(with)) {}

    void add(int id, dnnl::memory memory) {
      arguments.push_back({id, memory.get()});
      memories.push_back(std::move(memory));
    }

    dnnl::stream stream;
    std::vector<dnnl::memory> memories;
    std::vector<dnnl_exec_arg_t> arguments;  ///< of those memories
  };

  dnnl::primitive primitive_;
  std::vector<Own> threads_;
};

}  // namespace acrtc::dense
