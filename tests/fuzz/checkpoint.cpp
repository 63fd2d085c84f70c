#include "acrtc/record/checkpoint.hpp"

#include <cstring>

#include "acrtc/base/checksum.hpp"
#include "fuzz/input.hpp"
#include "unit/record/sample_run.hpp"

using namespace acrtc;

namespace {

constexpr std::size_t size_place = 24, sum_place = 32, content_place = 40;

std::vector<std::uint8_t> valid_checkpoint() {
  const auto bytes = record::encode(record::sample_checkpoint(12));
  const auto* first = reinterpret_cast<const std::uint8_t*>(bytes.data());
  return {first, first + bytes.size()};
}

/// Makes length and checksum right again, or every edit of what they guard would end there.
void mend(std::vector<std::uint8_t>& bytes) {
  if (bytes.size() < content_place) return;
  const std::uint64_t size = bytes.size() - content_place;
  const std::uint64_t sum = checksum(std::as_bytes(std::span(bytes).subspan(content_place)));
  std::memcpy(bytes.data() + size_place, &size, sizeof size);
  std::memcpy(bytes.data() + sum_place, &sum, sizeof sum);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::uint8_t> valid = valid_checkpoint();
  auto bytes = fuzz::edited({data, size}, valid);
  if (size > 0 && data[0] % 4 == 1) mend(bytes);
  return fuzz::try_reading([&] {
    const record::Checkpoint checkpoint = record::decode(std::as_bytes(std::span(bytes)), "fuzz");
    record::decode(record::encode(checkpoint), "what was read, written again");
  });
}
