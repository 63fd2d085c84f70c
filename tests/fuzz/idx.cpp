#include "acrtc/dataset/idx.hpp"

#include "fuzz/input.hpp"

using namespace acrtc;
using namespace acrtc::dataset;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::MemoryFile file;
  file.hold({data, size});
  fuzz::try_reading([] { read_idx(file.path(), IdxContent::images); });
  return fuzz::try_reading([] { read_idx(file.path(), IdxContent::labels); });
}
