#include "acrtc/dataset/tar.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "fuzz/input.hpp"

using namespace acrtc;
using namespace acrtc::dataset;

namespace {

std::vector<std::uint8_t> valid_archive() {
  const fuzz::MemoryFile file;
  TarWriter writer(file.path());
  writer.add("0.jpg", std::vector<std::uint8_t>(700, 7));
  writer.add("0.cls", std::vector<std::uint8_t>{'3'});
  writer.close();
  std::ifstream in(file.path(), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Makes the checksums of the valid archive's headers right again, or every edit of a header would end there.
void mend_checksums(std::vector<std::uint8_t>& bytes) {
  for (const std::size_t header : {0, 1536}) {
    if (bytes.size() < header + 512) return;
    std::fill_n(bytes.begin() + header + 148, 8, ' ');
    unsigned sum = 0;
    for (std::size_t i = 0; i < 512; ++i) sum += bytes[header + i];
    std::snprintf(reinterpret_cast<char*>(bytes.data()) + header + 148, 7, "%06o", sum);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::uint8_t> valid = valid_archive();
  static fuzz::MemoryFile file;
  auto bytes = fuzz::edited({data, size}, valid);
  if (size > 0 && data[0] % 4 == 1) mend_checksums(bytes);
  file.hold(bytes);
  return fuzz::try_reading([] { list_tar(file.path()); });
}
