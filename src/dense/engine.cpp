#include <omp.h>

#include "engine_state.hpp"

namespace acrtc::dense {

Engine::Engine(int threads) : threads_(threads) {
  omp_set_num_threads(threads);
  state_ = std::make_unique<State>();
}

Engine::~Engine() = default;

std::string Engine::library_version() {
  const dnnl_version_t* v = dnnl_version();
  return "oneDNN v" + std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
}

std::string Engine::isa() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
      return "SSE4.1";
    case dnnl::cpu_isa::avx:
      return "AVX";
    case dnnl::cpu_isa::avx2:
      return "AVX2";
    case dnnl::cpu_isa::avx512_core:
      return "AVX-512";
    case dnnl::cpu_isa::avx512_core_vnni:
      return "AVX-512 VNNI";
    case dnnl::cpu_isa::avx512_core_bf16:
      return "AVX-512 BF16";
    case dnnl::cpu_isa::avx512_core_amx:
      return "AVX-512 AMX";
    default:
      return "x86-64";
  }
}

bool Engine::has_bf16() {
  const auto isa = dnnl::get_effective_cpu_isa();
  return isa == dnnl::cpu_isa::avx512_core_bf16 || isa == dnnl::cpu_isa::avx512_core_amx;
}

}  // namespace acrtc::dense
