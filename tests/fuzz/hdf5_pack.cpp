#include "acrtc/dataset/pack.hpp"
#include "fuzz/hdf5_edits.hpp"

using namespace acrtc;
using namespace acrtc::dataset;

namespace {

constexpr std::int64_t classes = 2, samples = 6;

void write_pack(const std::filesystem::path& path) {
  const StoredFormat format{Encoding::u8, {3, 2, 2}, {0, 0.5, 1}, {1, 1, 1}};
  const auto writer = hdf5_pack_writer(path.parent_path(), {format, classes});
  for (const Split split : {Split::train, Split::test}) {
    writer->begin(split);
    for (std::int64_t n = 0; n < samples; ++n)
      writer->add(std::vector<std::uint8_t>(12, static_cast<std::uint8_t>(n)), static_cast<std::int32_t>(n % classes));
  }
  writer->finish();
  std::filesystem::rename(path.parent_path() / "pack.h5", path);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::EditedFile file(write_pack);
  static const auto path = fuzz::in_memory("edited");
  file.write({data, size}, path);
  return fuzz::try_reading([&] {
    const Pack pack = open_hdf5_pack(path);
    std::vector<std::uint8_t> bytes;
    for (const Split split : {Split::train, Split::test})
      for (std::int64_t i = 0; i < pack.storage->size(split); ++i)
        fuzz::try_reading([&] { pack.storage->read(split, i, bytes); });
  });
}
