#include "acrtc/dataset/image_list.hpp"

#include "fuzz/input.hpp"

using namespace acrtc;
using namespace acrtc::dataset;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::MemoryFile file;
  file.hold({data, size});
  return fuzz::try_reading([] {
    const ImageList list = read_image_list(file.path(), "root");
    for (std::int64_t i = 0; i < list.size(); ++i) list.path(i);
  });
}
