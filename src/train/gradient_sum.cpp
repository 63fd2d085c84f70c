#include "acrtc/train/gradient_sum.hpp"

#include <algorithm>
#include <utility>

#include "acrtc/base/error.hpp"
#include "bucket_exchange.hpp"
#include "local_sums.hpp"
#include "summation_tree.hpp"
#include "vector_math.hpp"

namespace acrtc::train {

class GradientSum::Impl {
 public:
  Impl(const comm::HostArray& gradients, const GradientSumOptions& options, const comm::Communicator& ranks)
      : gradients_(gradients.own()),
        threads_(options.threads),
        trained_(options.trained > 0 ? options.trained : std::ssize(gradients.own())),
        nodes_(options.nodes),
        local_nodes_(options.nodes / ranks.size()),
        buckets_(cut(std::ssize(gradients.own()), options.bucket)),
        node_norm_(trained_),
        mean_norm_(trained_),
        sums_(gradients.own(), plan_local_sums(options.nodes, nodes_of_rank(ranks.rank(), options.nodes, ranks.size())),
              options.threads),
        exchange_(options.sync == Sync::tree ? make_tree_exchange(gradients, options, ranks)
                                             : make_all_reduce_exchange(gradients.own(), options, ranks)) {
    begin_node(0);
  }

  std::span<const Range> buckets() const { return buckets_; }
  RankSlices slices() const { return exchange_->slices(); }

  void begin_step(double factor) {
    begin_node(0);
    has_begun_ = true;
    is_as_given_ = nodes_ == 1 && factor == 1;
    exchange_->begin_step(factor, is_as_given_ ? nullptr : &mean_norm_);
  }

  void ready(Range gradients) {
    for (std::size_t i = 0; i < buckets_.size(); ++i) missing_[i] -= overlap(gradients, buckets_[i]).size();
    while (next_ >= 0 && missing_[next_] <= 0) close_bucket(next_--);
    exchange_->progress();
  }

  double end_node() {
    while (next_ >= 0) close_bucket(next_--);
    const double norm = node_norm_.norm();
    begin_node(node_ + 1);
    return norm;
  }

  double finish() {
    require(node_ == local_nodes_, "all of a rank's nodes have ended");
    require(std::exchange(has_begun_, false), "a step is begun before it ends");
    exchange_->finish();
    return is_as_given_ ? node_norm_.norm() : mean_norm_.norm();
  }

 private:
  void begin_node(std::int64_t node) {
    node_ = node;
    next_ = static_cast<int>(buckets_.size()) - 1;
    missing_.clear();
    for (const auto& bucket : buckets_) missing_.push_back(bucket.size());
  }

  /// The norm is measured first: the sums are formed in the last node's own gradients.
  void close_bucket(int bucket) {
    const auto range = buckets_[bucket];
    node_norm_.measure(gradients_, range, threads_);
    sums_.take(node_, range);
    if (node_ + 1 == local_nodes_) exchange_->start({bucket, range, sums_.partials(range)});
  }

  std::span<float> gradients_;
  int threads_;
  std::int64_t trained_;
  std::int64_t nodes_, local_nodes_, node_ = 0;
  bool has_begun_ = false, is_as_given_ = false;  ///< is: nothing is added or scaled
  std::vector<Range> buckets_;
  std::vector<std::int64_t> missing_;  ///< gradients of each bucket that the current node has yet to finish
  int next_ = 0;  ///< buckets are closed from the last to the first, in the same order on all ranks
  ChunkedNorm node_norm_, mean_norm_;
  LocalSums sums_;
  std::unique_ptr<BucketExchange> exchange_;
};

GradientSum::GradientSum(const comm::HostArray& gradients, const GradientSumOptions& options,
                         const comm::Communicator& ranks)
    : impl_(std::make_unique<Impl>(gradients, options, ranks)) {}
GradientSum::~GradientSum() = default;

std::vector<Range> GradientSum::cut(std::int64_t size, Bytes bucket) {
  const auto chunks = static_cast<std::int64_t>(bucket.value / sizeof(float)) / ChunkedNorm::chunk;
  const auto length = std::max<std::int64_t>(1, chunks) * ChunkedNorm::chunk;
  std::vector<Range> buckets;
  for (std::int64_t begin = 0; begin < size; begin += length)
    buckets.push_back({begin, std::min(size, begin + length)});
  return buckets;
}

std::span<const Range> GradientSum::buckets() const { return impl_->buckets(); }
RankSlices GradientSum::slices() const { return impl_->slices(); }
void GradientSum::begin_step(double factor) { impl_->begin_step(factor); }
void GradientSum::ready(Range gradients) { impl_->ready(gradients); }
double GradientSum::end_node() { return impl_->end_node(); }
double GradientSum::finish() { return impl_->finish(); }

}  // namespace acrtc::train
