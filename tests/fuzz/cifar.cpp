#include "acrtc/dataset/cifar.hpp"

#include "fuzz/input.hpp"

using namespace acrtc;
using namespace acrtc::dataset;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::MemoryFile file;
  file.hold({data, size});
  return fuzz::try_reading([] {
    ByteSamples samples;
    read_cifar(file.path(), {.labels = {20, 100}, .label = 1}, samples);
  });
}
