#include <string>

#include "acrtc/base/bytes.hpp"
#include "step_account.hpp"
#include "weights_hash.hpp"

namespace acrtc::train {
namespace {

std::vector<std::byte> pack(const StepReport& report) {
  std::vector<std::byte> bytes;
  append(bytes, std::span(&report.weights_hash, 1));
  append(bytes, std::span(report.nodes));
  append(bytes, std::span(report.ready));
  return bytes;
}

/// `like` has as many nodes and buckets as every rank's report.
StepReport unpack(std::span<const std::byte> bytes, const StepReport& like) {
  StepReport report = like;
  take(bytes, std::span(&report.weights_hash, 1));
  take(bytes, std::span(report.nodes));
  take(bytes, std::span(report.ready));
  return report;
}

}  // namespace

StepReport gather(const StepReport& own, std::int64_t step, const comm::Communicator& ranks) {
  const auto messages = ranks.all_gather(pack(own));
  StepReport all = unpack(messages[0], own);
  std::vector<std::uint64_t> hashes{all.weights_hash};
  for (std::size_t rank = 1; rank < messages.size(); ++rank) {
    const StepReport report = unpack(messages[rank], own);
    hashes.push_back(report.weights_hash);
    all.nodes.insert(all.nodes.end(), report.nodes.begin(), report.nodes.end());
    all.delay(report.ready);
  }
  require_same_weights(hashes, "after step " + std::to_string(step));
  return all;
}

}  // namespace acrtc::train
