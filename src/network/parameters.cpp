#include "acrtc/network/parameters.hpp"

#include <algorithm>
#include <set>
#include <utility>

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
    case Initializer::Kind::sparse:
      return initializer.scale * random.normal(parameter, 0, element);
  }
  throw InternalError("unknown initializer");
}

/// Which of `inputs` an output is connected to: Floyd's sampling without replacement (Bentley & Floyd, CACM 1987,
/// doi:10.1145/30401.315746).
std::set<std::int64_t> draw_connections(std::int64_t inputs, std::int64_t connections, const Random& random,
                                        std::uint32_t parameter, std::uint32_t output) {
  std::set<std::int64_t> chosen;
  for (std::int64_t last = std::max<std::int64_t>(0, inputs - connections); last < inputs; ++last) {
    const auto bound = static_cast<std::uint64_t>(last) + 1;
    const auto input = random.below(bound, parameter, output + 1, static_cast<std::uint32_t>(last));
    if (!chosen.insert(static_cast<std::int64_t>(input)).second) chosen.insert(last);
  }
  return chosen;
}

void prune(const Parameter& parameter, std::uint32_t number, const Random& random, std::span<float> values) {
  const std::int64_t outputs = parameter.shape.front(), inputs = parameter.size / outputs;
  for (std::int64_t output = 0; output < outputs; ++output) {
    const auto kept =
        draw_connections(inputs, parameter.initializer.connections, random, number, static_cast<std::uint32_t>(output));
    for (std::int64_t input = 0; input < inputs; ++input)
      if (!kept.contains(input)) values[output * inputs + input] = 0;
  }
}

}  // namespace

int ParameterStore::add(Parameter parameter) {
  require(version_ == 0, "parameters are added before the store is finished");
  parameter.size = 1;
  for (const std::int64_t extent : parameter.shape) parameter.size *= extent;
  if (parameter.is_trained()) place(parameter);
  parameters_.push_back(std::move(parameter));
  return static_cast<int>(parameters_.size()) - 1;
}

void ParameterStore::place(Parameter& parameter) {
  parameter.offset = size_;
  size_ += (parameter.size + cache_line - 1) / cache_line * cache_line;
}

void ParameterStore::finish(std::uint64_t seed, int threads) {
  trained_size_ = size_;
  for (Parameter& parameter : parameters_)
    if (!parameter.is_trained()) place(parameter);
  const auto own = std::make_shared<AlignedBuffer<float>>(static_cast<std::size_t>(2 * size_));
  values_ = own->span().first(size_);
  gradients_ = own->span().last(size_);
  memory_ = own;
  std::ranges::fill(values_, 0.0F);
  std::ranges::fill(gradients_, 0.0F);
  const Random random(seed, RandomStream::initial_weights);
  for (std::size_t p = 0; p < parameters_.size(); ++p) {
    const std::span<float> own = values(static_cast<int>(p));
    parallel_ranges(threads, std::ssize(own), 1 << 14, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)
        own[i] = draw(parameters_[p].initializer, random, static_cast<std::uint32_t>(p), static_cast<std::uint32_t>(i));
    });
    if (parameters_[p].initializer.kind == Initializer::Kind::sparse)
      prune(parameters_[p], static_cast<std::uint32_t>(p), random, own);
  }
  touch();
}

void ParameterStore::move_to(std::span<float> values, std::span<float> gradients, std::shared_ptr<void> owner) {
  require(version_ > 0 && std::ssize(values) == size_ && std::ssize(gradients) == size_,
          "there is room for the parameters");
  std::ranges::copy(values_, values.begin());
  std::ranges::copy(gradients_, gradients.begin());
  values_ = values;
  gradients_ = gradients;
  memory_ = std::move(owner);
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

void ParameterStore::update_averages(double factor, Range elements) {
  const std::span<const float> batch = gradients();
  const std::span<float> average = values();
  for (const Parameter& parameter : parameters_) {
    if (parameter.is_trained()) continue;
    const auto share = static_cast<float>(parameter.average_share);
    const Range moved = overlap(parameter.range(), elements);
    for (std::int64_t i = moved.begin; i < moved.end; ++i)
      average[i] += share * (static_cast<float>(factor * batch[i]) - average[i]);
  }
  touch();
}

}  // namespace acrtc::network
