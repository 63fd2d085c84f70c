#include <algorithm>
#include <numeric>

#include "acrtc/dataset/batch.hpp"
#include "acrtc/train/trainer.hpp"
#include "bytes.hpp"

namespace acrtc::train {
namespace {

using network::LossSum;

LossSum evaluate_chunk(network::Network& network, const dataset::Dataset& dataset, dataset::Split split, Range chunk,
                       dataset::Batch& batch) {
  std::vector<std::uint32_t> samples(chunk.size());
  std::iota(samples.begin(), samples.end(), static_cast<std::uint32_t>(chunk.begin));
  dataset::read_batch(dataset, split, 0, samples, network.gemms().engine().threads(), batch);
  return network.forward({.mode = network::Mode::evaluation, .sample_ids = samples}, batch.images, batch.labels);
}

/// Adds the chunks' sums in the order of the chunks; chunk c is the (c / ranks)-th of rank c mod ranks.
LossSum add_in_order(const std::vector<std::vector<std::byte>>& by_rank, std::int64_t chunks) {
  std::vector<std::span<const std::byte>> rest(by_rank.begin(), by_rank.end());
  LossSum total;
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    LossSum sum;
    take(rest[chunk % std::ssize(rest)], std::span(&sum, 1));
    total.loss += sum.loss;
    total.correct += sum.correct;
    total.samples += sum.samples;
  }
  return total;
}

}  // namespace

LossSum evaluate(network::Network& network, const dataset::Dataset& dataset, dataset::Split split, std::int64_t batch,
                 const comm::Communicator& ranks) {
  const auto samples = dataset.size(split), chunks = (samples + batch - 1) / batch;
  std::vector<LossSum> own;
  ranks.fail_together([&] {
    dataset::Batch memory;
    for (std::int64_t chunk = ranks.rank(); chunk < chunks; chunk += ranks.size())
      own.push_back(
          evaluate_chunk(network, dataset, split, {chunk * batch, std::min(samples, (chunk + 1) * batch)}, memory));
  });
  return add_in_order(ranks.all_gather(std::as_bytes(std::span(own))), chunks);
}

}  // namespace acrtc::train
