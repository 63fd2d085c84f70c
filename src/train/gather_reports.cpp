#include <string>

#include "acrtc/base/bytes.hpp"
#include "step_account.hpp"

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
  std::string differing;
  for (std::size_t rank = 1; rank < messages.size(); ++rank) {
    const StepReport report = unpack(messages[rank], own);
    if (report.weights_hash != all.weights_hash) differing += (differing.empty() ? "" : ", ") + std::to_string(rank);
    all.nodes.insert(all.nodes.end(), report.nodes.begin(), report.nodes.end());
    all.delay(report.ready);
  }
  if (!differing.empty())
    throw comm::SharedError(
        "the weights of ranks " + differing + " differ from rank 0's after step " + std::to_string(step),
        "all ranks move the same weights by the same gradient",
        "run all ranks on one kind of CPU with one instruction set");
  return all;
}

}  // namespace acrtc::train
