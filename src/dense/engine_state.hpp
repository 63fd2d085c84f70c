#pragma once

#include <dnnl.hpp>
#include <map>
#include <memory>
#include <mutex>

#include "acrtc/dense/convolution.hpp"
#include "acrtc/dense/element.hpp"
#include "acrtc/dense/engine.hpp"
#include "acrtc/dense/matmul.hpp"

namespace acrtc::dense {

/// Called before a primitive is made: oneDNN does not look whether it gets the memory that this takes, and crashes
/// where it does not. Throws std::bad_alloc where less is left.
void expect_memory_for_a_primitive();

/// The instructions that oneDNN uses, asked once: an answer takes it as long as some blocks of products.
dnnl::cpu_isa effective_isa();

inline dnnl::memory::data_type data_type(Element element) {
  return element == Element::bf16 ? dnnl::memory::data_type::bf16 : dnnl::memory::data_type::f32;
}

/// What a primitive is given.
struct Argument {
  int id;  ///< DNNL_ARG_...
  dnnl::memory::desc shape;
};

/// oneDNN takes non-const handles for sources too; it does not write to them.
inline void point(dnnl::memory& memory, const void* data) { memory.set_data_handle(const_cast<void*>(data)); }

struct Engine::State {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};  ///< for primitives that the main thread runs on all threads
  std::mutex mutex;             ///< guards the maps
  std::map<MatmulSpec, std::unique_ptr<Matmul>> matmuls;
  std::map<ConvolutionSpec, std::unique_ptr<Convolution>> convolutions;  ///< null: oneDNN has no fast kernel
};

}  // namespace acrtc::dense
