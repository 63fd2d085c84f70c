#include "epoch_batches.hpp"

#include <algorithm>

#include "summation_tree.hpp"

namespace acrtc::train {

EpochBatches::EpochBatches(const TrainParts& parts, const TrainOptions& options, const StepPlace& place,
                           std::int64_t steps)
    : order_(parts.dataset.size(dataset::Split::train), options.nodes * options.batch, options.seed,
             static_cast<std::uint32_t>(place.epoch), parts.dataset.run_length()),
      nodes_(nodes_of_rank(parts.ranks.rank(), options.nodes, parts.ranks.size())),
      all_nodes_(options.nodes),
      micro_batches_(options.micro_batches),
      micro_batch_(options.micro_batch()),
      next_(place.step_of_epoch * nodes_.size() * micro_batches_),
      loader_(parts.dataset,
              {.split = dataset::Split::train,
               .epoch = static_cast<std::uint32_t>(place.epoch),
               .batches = steps * nodes_.size() * micro_batches_,
               .samples = [this, first = next_](std::int64_t batch) { return samples(first + batch); }},
              loader_options(options.loading, parts.network.gemms().engine().threads())) {}

MicroBatch EpochBatches::next() {
  const std::int64_t number = next_++;
  return {samples(number), loader_.next()};
}

std::span<const std::uint32_t> EpochBatches::samples(std::int64_t number) const {
  const auto pass = number / micro_batches_, part = number % micro_batches_;
  const auto share = order_.share(pass / nodes_.size(), nodes_.begin + pass % nodes_.size(), all_nodes_);
  return share.subspan(part * micro_batch_, micro_batch_);
}

std::uint64_t count_broken(const dataset::Dataset& dataset, dataset::Split split,
                           std::span<const std::uint32_t> samples) {
  return std::ranges::count_if(samples, [&](std::uint32_t index) { return dataset.found_broken(split, index); });
}

dataset::Loader::Options loader_options(const Loading& loading, int threads) {
  return {.threads = loading.threads, .ahead = loading.ahead, .helpers = threads};
}

}  // namespace acrtc::train
