#include "scheme_memories.hpp"

#include "acrtc/base/bytes.hpp"
#include "acrtc/base/error.hpp"

namespace acrtc::train {
namespace {

/// What stands before the bytes of one memory in a message.
struct Head {
  std::int64_t node, gemm, size;
};

std::vector<std::byte> pack(network::GemmRunner& gemms) {
  std::vector<std::byte> message;
  for (const auto& [key, memory] : gemms.memories()) {
    const auto bytes = memory->save();
    const Head head{key.first, key.second, std::ssize(bytes)};
    append(message, std::span(&head, 1));
    message.insert(message.end(), bytes.begin(), bytes.end());
  }
  return message;
}

}  // namespace

std::vector<SchemeMemory> gather_memories(network::GemmRunner& gemms, const comm::Communicator& ranks) {
  std::vector<SchemeMemory> all;
  for (const auto& message : ranks.gather(pack(gemms), 0))
    for (std::span<const std::byte> rest = message; !rest.empty();) {
      Head head{};
      take(rest, std::span(&head, 1));
      all.push_back({head.node, head.gemm, std::vector<std::byte>(head.size)});
      take(rest, std::span(all.back().bytes));
    }
  return all;
}

void restore_memories(std::span<const SchemeMemory> memories, Range local_nodes, const TrainParts& parts) {
  auto& gemms = parts.network.gemms();
  gemms.memories().clear();
  for (const SchemeMemory& saved : memories) {
    if (saved.node < local_nodes.begin || saved.node >= local_nodes.end) continue;
    auto memory = parts.scheme.make_memory();
    if (!memory || saved.gemm < 0 || saved.gemm >= std::ssize(gemms.list()))
      throw UserError("cannot go on from this state", "it is of another reuse scheme");
    memory->restore(saved.bytes);
    gemms.memories()[{saved.node, static_cast<int>(saved.gemm)}] = std::move(memory);
  }
}

}  // namespace acrtc::train
