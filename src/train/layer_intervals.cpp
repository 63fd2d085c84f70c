#include "layer_intervals.hpp"

#include <utility>

#include "acrtc/base/bytes.hpp"

namespace acrtc::train {
namespace {

// An interval holds so many exact steps at most: a long phase still shows how layers change.
constexpr std::int64_t samples_per_interval = 10;

void add_to(GemmInterval& sum, const GemmInterval& part) {
  sum.count += part.count;
  sum.cost += part.cost;
  sum.strength = part.strength;
}

}  // namespace

LayerIntervals::LayerIntervals(std::int64_t sample_every, Range local_nodes, const comm::Communicator& ranks, Sink sink)
    : sample_every_(sample_every), local_nodes_(local_nodes), ranks_(ranks), sink_(std::move(sink)) {}

void LayerIntervals::add(std::int64_t node, std::span<const network::GemmRecord> gemms, const PassCost& cost) {
  step_.resize(local_nodes_.size() * gemms.size());
  for (std::size_t id = 0; id < gemms.size(); ++id)
    step_[(node - local_nodes_.begin) * gemms.size() + id] = {gemms[id].count, cost.gemms[id], gemms[id].strength};
}

void LayerIntervals::end_step(std::int64_t step) {
  if (begin_ == end_) begin_ = step;
  end_ = step + 1;
  interval_.resize(step_.size());
  for (std::size_t i = 0; i < step_.size(); ++i) add_to(interval_[i], step_[i]);
  if (step % sample_every_ == 0) emit({step, step + 1, true, {}}, step_);
  if (end_ - begin_ >= samples_per_interval * sample_every_) close();
}

void LayerIntervals::close() {
  if (begin_ == end_) return;
  emit({begin_, end_, false, {}}, interval_);
  begin_ = end_;
  interval_.clear();
}

LayerRecord LayerIntervals::open() const {
  return begin_ == end_ ? LayerRecord{} : gather({begin_, end_, false, {}}, interval_);
}

void LayerIntervals::restore(const LayerRecord& open) {
  begin_ = open.step_begin;
  end_ = open.step_end;
  interval_.clear();
  if (open.nodes.empty()) return;
  for (std::int64_t node = local_nodes_.begin; node < local_nodes_.end; ++node)
    interval_.insert(interval_.end(), open.nodes.at(node).begin(), open.nodes.at(node).end());
}

LayerRecord LayerIntervals::gather(const LayerRecord& head, const Cells& cells) const {
  LayerRecord record = head;
  for (const auto& message : ranks_.gather(std::as_bytes(std::span(cells)), 0)) {
    std::span<const std::byte> rest = message;
    for (std::int64_t node = 0; node < local_nodes_.size(); ++node)
      take(rest, std::span(record.nodes.emplace_back(cells.size() / local_nodes_.size())));
  }
  return record;
}

void LayerIntervals::emit(const LayerRecord& head, const Cells& cells) const {
  const LayerRecord record = gather(head, cells);
  if (ranks_.rank() == 0) sink_(record);
}

}  // namespace acrtc::train
