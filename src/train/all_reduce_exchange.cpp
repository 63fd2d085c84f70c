#include <vector>

#include "bucket_exchange.hpp"

namespace acrtc::train {
namespace {

/// Leaves the sum over ranks to MPI.
class AllReduceExchange : public BucketExchange {
 public:
  AllReduceExchange(std::span<float> gradients, const GradientSumOptions& options, const comm::Communicator& ranks)
      : gradients_(gradients), threads_(options.threads), ranks_(ranks) {}

  /// MPI leaves all of the sum on every rank.
  RankSlices slices() const override { return {}; }

  void begin_step(double factor, ChunkedNorm* norm) override {
    factor_ = factor;
    norm_ = norm;
  }

  void start(BucketPartials partials) override {
    const auto sum = partials.gradients();
    for (auto part = partials.parts.rbegin() + 1; part != partials.parts.rend(); ++part) add(sum, *part, threads_);
    buckets_.push_back({partials.range, ranks_.all_reduce_sum(sum)});
  }

  void progress() override {
    for (auto& bucket : buckets_) bucket.request.done();
  }

  void finish() override {
    for (auto& bucket : buckets_) {
      bucket.request.wait();
      if (!norm_) continue;
      norm_->measure(gradients_, bucket.range, threads_, [&](Range part) {
        const auto sum = gradients_.subspan(part.begin, part.size());
        scale(sum, sum, factor_, 1);
      });
    }
    buckets_.clear();
  }

 private:
  struct Bucket {
    Range range;
    comm::Request request;
  };

  std::span<float> gradients_;
  int threads_;
  comm::Communicator ranks_;
  double factor_ = 1;
  ChunkedNorm* norm_ = nullptr;
  std::vector<Bucket> buckets_;  ///< started in this step
};

}  // namespace

std::unique_ptr<BucketExchange> make_all_reduce_exchange(std::span<float> gradients, const GradientSumOptions& options,
                                                         const comm::Communicator& ranks) {
  return std::make_unique<AllReduceExchange>(gradients, options, ranks);
}

}  // namespace acrtc::train
