#include "acrtc/base/tensor.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <new>

namespace acrtc {
namespace {

constexpr std::align_val_t alignment{64};
constexpr std::size_t worth_huge_pages = std::size_t{256} << 10;  // bytes

/// Only asks: neighbours in the same pages have nothing against it, and the system may say no.
void ask_for_huge_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#ifdef MADV_HUGEPAGE
  static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(memory) / page * page;
  const auto end = reinterpret_cast<std::uintptr_t>(memory) + bytes;
  madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#endif
}

}  // namespace

void* allocate_aligned(std::size_t bytes) {
  void* memory = ::operator new[](bytes, alignment);
  if (bytes >= worth_huge_pages) ask_for_huge_pages(memory, bytes);
  return memory;
}

void free_aligned(void* memory) { ::operator delete[](memory, alignment); }

std::string to_string(const SampleShape& shape) {
  return std::to_string(shape.channels) + "x" + std::to_string(shape.height) + "x" + std::to_string(shape.width);
}

Tensor::Tensor(std::int64_t samples, SampleShape shape) {
  resize(samples, shape);
  fill(0);
}

std::span<float> Tensor::sample(std::int64_t n) {
  const auto size = static_cast<std::size_t>(shape_.elements());
  return {data() + n * shape_.elements(), size};
}

std::span<const float> Tensor::sample(std::int64_t n) const {
  const auto size = static_cast<std::size_t>(shape_.elements());
  return {data() + n * shape_.elements(), size};
}

void Tensor::resize(std::int64_t samples, SampleShape shape) {
  samples_ = samples;
  shape_ = shape;
  data_.reserve(static_cast<std::size_t>(elements()));
}

void Tensor::fill(float value) { std::fill_n(data(), elements(), value); }

}  // namespace acrtc
