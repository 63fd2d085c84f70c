#include "acrtc/train/evaluate.hpp"

#include <algorithm>
#include <numeric>

#include "acrtc/base/bytes.hpp"
#include "acrtc/dataset/loader.hpp"
#include "epoch_batches.hpp"

namespace acrtc::train {
namespace {

/// The samples of a split in order, cut into chunks: chunk c is the (c / ranks)-th of rank c mod ranks.
class Chunks {
 public:
  Chunks(std::int64_t samples, std::int64_t size, const comm::Communicator& ranks)
      : samples_(static_cast<std::size_t>(samples)), size_(size), ranks_(ranks) {
    std::iota(samples_.begin(), samples_.end(), 0U);
  }

  std::int64_t count() const { return (std::ssize(samples_) + size_ - 1) / size_; }
  /// Of this rank.
  std::int64_t own_count() const { return (count() - ranks_.rank() + ranks_.size() - 1) / ranks_.size(); }
  std::span<const std::uint32_t> own(std::int64_t i) const {
    const auto begin = (ranks_.rank() + i * ranks_.size()) * size_;
    return std::span(samples_).subspan(begin, std::min(size_, std::ssize(samples_) - begin));
  }

 private:
  std::vector<std::uint32_t> samples_;
  std::int64_t size_;
  const comm::Communicator& ranks_;
};

std::vector<SampleSum> evaluate_own(network::Network& network, const dataset::Dataset& dataset,
                                    const EvaluationPlan& plan, const Chunks& chunks) {
  dataset::Loader loader(dataset,
                         {.split = plan.split,
                          .batches = chunks.own_count(),
                          .samples = [&](std::int64_t batch) { return chunks.own(batch); }},
                         loader_options(plan.loading, network.gemms().engine().threads()));
  std::vector<SampleSum> sums;
  for (std::int64_t i = 0; i < chunks.own_count(); ++i) {
    const auto samples = chunks.own(i);
    const auto& batch = loader.next();
    sums.push_back(
        {network.forward({.mode = network::Mode::evaluation, .sample_ids = samples}, batch.images, batch.labels),
         count_broken(dataset, plan.split, samples)});
  }
  return sums;
}

/// Adds the chunks' sums in the order of the chunks.
SampleSum add_in_order(const std::vector<std::vector<std::byte>>& by_rank, std::int64_t chunks) {
  std::vector<std::span<const std::byte>> rest(by_rank.begin(), by_rank.end());
  SampleSum total;
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    SampleSum sum;
    take(rest[chunk % std::ssize(rest)], std::span(&sum, 1));
    total.add(sum);
  }
  return total;
}

}  // namespace

void SampleSum::add(const SampleSum& other) {
  loss.loss += other.loss.loss;
  loss.correct += other.loss.correct;
  loss.samples += other.loss.samples;
  replaced_samples += other.replaced_samples;
}

SampleSum evaluate(network::Network& network, const dataset::Dataset& dataset, const EvaluationPlan& plan,
                   const comm::Communicator& ranks) {
  const Chunks chunks(dataset.size(plan.split), plan.batch, ranks);
  std::vector<SampleSum> own;
  ranks.fail_together([&] { own = evaluate_own(network, dataset, plan, chunks); });
  return add_in_order(ranks.all_gather(std::as_bytes(std::span(own))), chunks.count());
}

}  // namespace acrtc::train
