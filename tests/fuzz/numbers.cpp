#include "acrtc/dataset/number_table.hpp"
#include "fuzz/input.hpp"

using namespace acrtc;
using namespace acrtc::dataset;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::MemoryFile file;
  if (size == 0) return 0;
  file.hold({data + 1, size - 1});
  return fuzz::try_reading([&] {
    const NumberTable table = read_numbers(file.path(), 1 + data[0] % 4, 1000);
    for (std::int64_t r = 0; r < table.rows(); ++r) table.integer(r, table.columns - 1, "label", 0, 9);
  });
}
