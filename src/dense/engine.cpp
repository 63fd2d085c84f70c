#include <omp.h>
#include <sys/mman.h>

#include <new>

#include "engine_state.hpp"

namespace acrtc::dense {

void expect_memory_for_a_primitive() {
  constexpr std::size_t enough = std::size_t{32} << 20;  // generated code, tables, scratch space: a few MiB are usual
  void* room = mmap(nullptr, enough, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) throw std::bad_alloc();
  munmap(room, enough);
}

dnnl::cpu_isa effective_isa() {
  static const dnnl::cpu_isa isa = dnnl::get_effective_cpu_isa();
  return isa;
}

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
  switch (effective_isa()) {
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
  const auto isa = effective_isa();
  return isa == dnnl::cpu_isa::avx512_core_bf16 || isa == dnnl::cpu_isa::avx512_core_amx;
}

}  // namespace acrtc::dense
