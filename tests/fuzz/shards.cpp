/// The text files of a pack: the index of a shard, and pack.txt. Names in a folder lead to files in memory.
#include <cstdlib>
#include <fstream>

#include "acrtc/dataset/pack.hpp"
#include "acrtc/dataset/tar.hpp"
#include "fuzz/input.hpp"

using namespace acrtc;
using namespace acrtc::dataset;

namespace {

struct Folder {
  fuzz::MemoryFile index, facts;
  std::filesystem::path path;

  Folder() {
    std::string pattern = "/dev/shm/acrtc-fuzz-XXXXXX";
    path = mkdtemp(pattern.data());
    for (const char* split : {"train", "test"}) {
      TarWriter writer(path / (std::string(split) + "-000000.tar"));
      writer.add("0.bin", std::vector<std::uint8_t>(12, 7));
      writer.close();
      std::filesystem::create_symlink(index.path(), path / (std::string(split) + "-000000.index"));
    }
    std::filesystem::create_symlink(facts.path(), path / "pack.txt");
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Folder folder;
  static const std::string facts =
      "acrtc-pack 2\nencoding u8\nshape 3 2 2\nclasses 1\nmean 0 0 0\nstd 1 1 1\ntrain 1 1\ntest 1 1\n";
  static const std::string index = "acrtc-shard 1\n512 12 0 8931bab4\nend 29187ec0\n";
  const auto hold = [&](fuzz::MemoryFile& file, const std::string& valid, std::uint8_t which) {
    const std::vector<std::uint8_t> bytes(valid.begin(), valid.end());
    file.hold(size > 0 && data[0] % 2 == which ? fuzz::edited({data + 1, size - 1}, bytes) : bytes);
  };
  hold(folder.facts, facts, 0);
  hold(folder.index, index, 1);
  return fuzz::try_reading([] {
    const Pack pack = open_tar_pack(folder.path);
    std::vector<std::uint8_t> bytes;
    for (std::int64_t i = 0; i < pack.storage->size(Split::train); ++i)
      fuzz::try_reading([&] { pack.storage->read(Split::train, i, bytes); });
  });
}
