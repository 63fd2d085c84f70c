#include "acrtc/network/parameters.hpp"

#include <algorithm>

#include "acrtc/base/error.hpp"
#include "acrtc/base/parallel.hpp"
#include "acrtc/base/random.hpp"

namespace acrtc::network {
namespace {

constexpr std::int64_t cache_line = 16;  // floats

float draw(const Initializer& initializer, const Random& random, std::uint32_t parameter, std::uint32_t element) {
  switch (initializer.kind) {
    case Initializer::Kind::constant:
      return initializer.scale;
    case Initializer::Kind::uniform:
      return initializer.scale * (2 * random.uniform(parameter, 0, element) - 1);
    case Initializer::Kind::normal:
      return initializer.scale * random.normal(parameter, 0, element);
  }
  throw InternalError("unknown initializer");
}

}  // namespace

int ParameterStore::add(Parameter parameter) {
  require(version_ == 0, "parameters are added before the store is finished");
  parameter.size = 1;
  for (const std::int64_t extent : parameter.shape) parameter.size *= extent;
  parameter.offset = size_;
  size_ += (parameter.size + cache_line - 1) / cache_line * cache_line;
  parameters_.push_back(std::move(parameter));
  return static_cast<int>(parameters_.size()) - 1;
}

void ParameterStore::finish(std::uint64_t seed, int threads) {
  values_ = AlignedBuffer<float>(static_cast<std::size_t>(size_));
  gradients_ = AlignedBuffer<float>(static_cast<std::size_t>(size_));
  std::ranges::fill(values_.span(), 0.0F);
  std::ranges::fill(gradients_.span(), 0.0F);
  const Random random(seed, RandomStream::initial_weights);
  for (std::size_t p = 0; p < parameters_.size(); ++p) {
    const std::span<float> own = values(static_cast<int>(p));
    parallel_ranges(threads, std::ssize(own), 1 << 14, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)
        own[i] = draw(parameters_[p].initializer, random, static_cast<std::uint32_t>(p), static_cast<std::uint32_t>(i));
    });
  }
  touch();
}

std::span<float> ParameterStore::values(int parameter) {
  const Parameter& p = parameters_.at(static_cast<std::size_t>(parameter));
  return values().subspan(static_cast<std::size_t>(p.offset), static_cast<std::size_t>(p.size));
}

std::span<float> ParameterStore::gradients(int parameter) {
  const Parameter& p = parameters_.at(static_cast<std::size_t>(parameter));
  return gradients().subspan(static_cast<std::size_t>(p.offset), static_cast<std::size_t>(p.size));
}

}  // namespace acrtc::network
