#include "fuzz/input.hpp"
#include "fuzz/number_lines.hpp"

using namespace acrtc;
using namespace acrtc::dataset;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::try_lines({data, size}, {.columns = 45, .last_min = -100, .last_max = 100});
}
