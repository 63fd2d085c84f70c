#include <vector>

#include "bucket_exchange.hpp"
#include "vector_math.hpp"

namespace acrtc::train {
namespace {

/// Leaves the sum over ranks to MPI.
class AllReduceExchange : public BucketExchange {
 public:
  AllReduceExchange(const GradientSumOptions& options, const comm::Communicator& ranks)
      : threads_(options.threads), ranks_(ranks) {}

  void begin_step(double factor) override { factor_ = factor; }

  void start(BucketPartials partials) override {
    const auto sum = partials.gradients();
    for (auto part = partials.parts.rbegin() + 1; part != partials.parts.rend(); ++part) add(sum, *part, threads_);
    buckets_.push_back({sum, ranks_.all_reduce_sum(sum)});
  }

  void progress() override {
    for (auto& bucket : buckets_) bucket.request.done();
  }

  void finish() override {
    for (auto& bucket : buckets_) {
      bucket.request.wait();
      scale(bucket.sum, bucket.sum, factor_, threads_);
    }
    buckets_.clear();
  }

 private:
  struct Bucket {
    std::span<float> sum;
    comm::Request request;
  };

  int threads_;
  comm::Communicator ranks_;
  double factor_ = 1;
  std::vector<Bucket> buckets_;  ///< started in this step
};

}  // namespace

std::unique_ptr<BucketExchange> make_all_reduce_exchange(const GradientSumOptions& options,
                                                         const comm::Communicator& ranks) {
  return std::make_unique<AllReduceExchange>(options, ranks);
}

}  // namespace acrtc::train
