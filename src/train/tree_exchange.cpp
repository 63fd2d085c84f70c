#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "acrtc/base/error.hpp"
#include "acrtc/train/rank_slices.hpp"
#include "bucket_exchange.hpp"
#include "summation_tree.hpp"

namespace acrtc::train {
namespace {

/// The sum over one subtree of nodes, in one slice of a bucket.
struct Partial {
  Range nodes;
  std::span<float> values;
};

/// Adds `partials`, which cover `subtree` from left to right, in the order of the tree, in place of the leftmost.
/// `next` is the first one not yet taken.
std::span<float> sum_subtree(Range subtree, std::span<const Partial> partials, std::size_t& next, int threads) {
  if (partials[next].nodes == subtree) return partials[next++].values;
  const auto middle = split_point(subtree);
  const auto left = sum_subtree({subtree.begin, middle}, partials, next, threads);
  const auto right = sum_subtree({middle, subtree.end}, partials, next, threads);
  add(left, right, threads);
  return left;
}

/// Each rank collects all ranks' partial sums of its slice of each bucket and adds them in the order of the tree: by
/// messages, or from gradients that it sees where they lie.
class TreeExchange : public BucketExchange {
 public:
  TreeExchange(const comm::HostArray& gradients, const GradientSumOptions& options, const comm::Communicator& ranks)
      : array_(gradients),
        gradients_(gradients.own()),
        nodes_(options.nodes),
        threads_(options.threads),
        ranks_(ranks),
        slices_{ranks.rank(), ranks.size()} {
    for (int rank = 0; rank < ranks_.size(); ++rank)
      subtrees_.push_back(plan_local_sums(nodes_, nodes_of_rank(rank, nodes_, ranks_.size())).partials);
  }

  RankSlices slices() const override { return slices_; }

  void begin_step(double factor, ChunkedNorm* norm) override {
    factor_ = factor;
    norm_ = norm;
  }

  void start(BucketPartials partials) override {
    auto& bucket = buckets_.emplace_back();
    bucket.partials = std::move(partials);
    collect(bucket);
  }

  void progress() override {
    for (auto& bucket : buckets_)
      if (!bucket.finished && std::ranges::all_of(bucket.requests, &comm::Request::done)) finish_slice(bucket);
  }

  /// Gradients may be written again afterwards: that norms are shared ends only when every rank has taken from others'
  /// gradients what it needs.
  void finish() override {
    require(norm_ || ranks_.size() == 1, "several ranks have a sum to measure");
    for (auto& bucket : buckets_)
      if (!bucket.finished) finish_slice(bucket);
    if (ranks_.size() > 1) share_norm();
    buckets_.clear();
  }

 private:
  struct Bucket {
    BucketPartials partials;
    std::vector<AlignedBuffer<float>> received;  ///< other ranks' partials of this rank's slice, where not seen
    std::vector<Partial> slice;                  ///< all partials of this rank's slice, by nodes
    bool finished = false;
    std::vector<comm::Request> requests;  ///< declared last: ended before the memory they work on
  };

  /// Gives every other rank this rank's partials of its slice and takes theirs of this rank's own.
  void collect(Bucket& bucket) {
    const auto& parts = bucket.partials.parts;
    for (int rank = 0; rank < ranks_.size(); ++rank)
      for (std::size_t i = 0; i < subtrees_[rank].size(); ++i)
        bucket.slice.push_back(
            {subtrees_[rank][i], rank == ranks_.rank() ? slice_of(rank, bucket, parts[i]) : receive(rank, i, bucket)});
    for (int rank = 0; rank < ranks_.size(); ++rank)
      for (std::size_t i = 0; i < parts.size() && rank != ranks_.rank(); ++i) send(rank, i, bucket);
  }

  void send(int rank, std::size_t i, Bucket& bucket) {
    const auto slice = slice_of(rank, bucket, bucket.partials.parts[i]);
    if (slice.empty()) return;
    bucket.requests.push_back(lies_open(rank, i, bucket.partials.parts.size()) ? ranks_.signal(rank, tag(bucket))
                                                                               : ranks_.send(slice, rank, tag(bucket)));
  }

  /// Where the i-th partial of `rank` will stand.
  std::span<float> receive(int rank, std::size_t i, Bucket& bucket) {
    const Range own = slices_.own(bucket.partials.range);
    if (own.size() == 0) return {};
    if (lies_open(rank, i, subtrees_[rank].size())) {
      bucket.requests.push_back(ranks_.await(rank, tag(bucket)));
      return array_.of(rank).subspan(own.begin, own.size());
    }
    auto& memory = bucket.received.emplace_back(spare_memory());
    memory.reserve(own.size());
    const auto values = memory.span().first(own.size());
    bucket.requests.push_back(ranks_.receive(values, rank, tag(bucket)));
    return values;
  }

  /// Whether `rank` and this one take the i-th of each other's partials from where it lies: the last lies in the
  /// gradients themselves.
  bool lies_open(int rank, std::size_t i, std::size_t partials) const { return array_.sees(rank) && i + 1 == partials; }

  AlignedBuffer<float> spare_memory() {
    if (spare_.empty()) return {};
    AlignedBuffer<float> memory = std::move(spare_.back());
    spare_.pop_back();
    return memory;
  }

  /// Waits until others' parts have come and its own have gone.
  void finish_slice(Bucket& bucket) {
    for (auto& request : bucket.requests) request.wait();
    if (norm_) sum_slice(bucket);
    std::ranges::move(bucket.received, std::back_inserter(spare_));
    bucket.received.clear();
    bucket.finished = true;
  }

  /// The last addition goes through memory together with scaling and the norm. A partial that is the whole sum lacks
  /// it.
  void sum_slice(const Bucket& bucket) {
    const Range own = slices_.own(bucket.partials.range);
    const auto within = [&](std::span<float> slice, Range part) {
      return slice.subspan(part.begin - own.begin, part.size());
    };
    std::size_t next = 0;
    if (bucket.slice.size() == 1) {
      const auto all = bucket.slice.front().values;
      return norm_->measure(gradients_, own, threads_, [&](Range part) {
        scale(gradients_.subspan(part.begin, part.size()), within(all, part), factor_, 1);
      });
    }
    const auto middle = split_point({0, nodes_});
    const auto left = sum_subtree({0, middle}, bucket.slice, next, threads_);
    const auto right = sum_subtree({middle, nodes_}, bucket.slice, next, threads_);
    norm_->measure(gradients_, own, threads_, [&](Range part) {
      add_scaled(gradients_.subspan(part.begin, part.size()), within(left, part), within(right, part), factor_);
    });
  }

  /// Every rank has measured its own slices; the order of buckets is the same on all.
  void share_norm() {
    std::vector<double> own;
    for (const Bucket& bucket : buckets_)
      std::ranges::copy(norm_->squares(slices_.own(bucket.partials.range)), std::back_inserter(own));
    const auto all = ranks_.all_gather(std::as_bytes(std::span(own)));
    for (int rank = 0; rank < ranks_.size(); ++rank) {
      std::span<const std::byte> from(all[rank]);
      for (const Bucket& bucket : buckets_) {
        const auto to = std::as_writable_bytes(norm_->squares(slices_.of(rank, bucket.partials.range)));
        require(to.size() <= from.size(), "ranks measured the same slices");
        std::ranges::copy(from.first(to.size()), to.data());
        from = from.subspan(to.size());
      }
    }
  }

  /// Of `part`, which is as long as the bucket.
  std::span<float> slice_of(int rank, const Bucket& bucket, std::span<float> part) const {
    const Range slice = slices_.of(rank, bucket.partials.range);
    return part.subspan(slice.begin - bucket.partials.range.begin, slice.size());
  }

  /// Messages of one tag keep their order, so buckets may share one as long as neighbours do not.
  static int tag(const Bucket& bucket) { return bucket.partials.bucket % 8192; }

  comm::HostArray array_;
  std::span<float> gradients_;  ///< this rank's own
  std::int64_t nodes_;
  int threads_;
  comm::Communicator ranks_;
  RankSlices slices_;
  std::vector<std::vector<Range>> subtrees_;  ///< [rank]: what its partials are sums of
  double factor_ = 1;
  ChunkedNorm* norm_ = nullptr;
  std::vector<AlignedBuffer<float>> spare_;  ///< to receive into; kept, as the system clears what it hands out anew
  std::vector<Bucket> buckets_;              ///< started in this step
};

}  // namespace

std::unique_ptr<BucketExchange> make_tree_exchange(const comm::HostArray& gradients, const GradientSumOptions& options,
                                                   const comm::Communicator& ranks) {
  return std::make_unique<TreeExchange>(gradients, options, ranks);
}

}  // namespace acrtc::train
