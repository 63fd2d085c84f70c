#include "acrtc/dataset/pack.hpp"

#include <unistd.h>

#include <limits>
#include <numeric>
#include <string>
#include <system_error>
#include <vector>

#include "acrtc/base/error.hpp"
#include "acrtc/base/random.hpp"
#include "acrtc/dataset/files.hpp"
#include "image_settings.hpp"

namespace acrtc::dataset {
namespace {

constexpr std::uint32_t packing = std::numeric_limits<std::uint32_t>::max();  // an epoch that no training reaches

std::vector<std::uint32_t> order_of(Split split, std::int64_t samples, std::uint64_t seed) {
  std::vector<std::uint32_t> order(static_cast<std::size_t>(samples));
  if (split == Split::train)
    permute(order, Random(seed, RandomStream::shuffle), packing);
  else
    std::iota(order.begin(), order.end(), 0U);
  return order;
}

/// A folder beside `directory` whose content becomes that of `directory` as a whole, or of none.
class FolderInTheMaking {
 public:
  explicit FolderInTheMaking(const std::filesystem::path& directory)
      : directory_((std::filesystem::absolute(directory) / "").lexically_normal().parent_path()),
        unfinished_(directory_.string() + ".part-" + std::to_string(getpid())) {
    make_new_directory(directory_);
    make_new_directory(unfinished_);
  }
  FolderInTheMaking(const FolderInTheMaking&) = delete;
  FolderInTheMaking& operator=(const FolderInTheMaking&) = delete;
  ~FolderInTheMaking() {
    std::error_code error;  // nothing is left to be done about it
    std::filesystem::remove_all(unfinished_, error);
  }

  const std::filesystem::path& path() const { return unfinished_; }
  void finish() {
    std::error_code error;
    std::filesystem::rename(unfinished_, directory_, error);  // replaces an empty folder
    if (error) throw UserError("cannot make '" + directory_.string() + "'", error.message());
  }

 private:
  std::filesystem::path directory_, unfinished_;
};

void pack_split(const Dataset& dataset, Split split, std::uint64_t seed, PackWriter& writer) {
  std::vector<std::uint8_t> bytes;
  std::vector<std::int32_t> labels;
  writer.begin(split);
  for (const std::uint32_t index : order_of(split, dataset.size(split), seed)) {
    labels.push_back(dataset.read_stored(split, index, bytes));
    writer.add(bytes, labels.back());
  }
  if (split == Split::train) require_every_class(labels, dataset.classes(), "what is to be packed");
}

}  // namespace

std::int64_t pack(const Dataset& dataset, const std::filesystem::path& directory, const PackOptions& options) {
  FolderInTheMaking folder(directory);
  const PackFacts facts{dataset.stored_format(), dataset.classes()};
  const auto writer = options.format == PackFormat::tar ? tar_pack_writer(folder.path(), facts, options.shard_bytes)
                                                        : hdf5_pack_writer(folder.path(), facts);
  for (const Split split : {Split::train, Split::test}) pack_split(dataset, split, options.seed, *writer);
  writer->finish();
  folder.finish();
  return dataset.size(Split::train) + dataset.size(Split::test);
}

}  // namespace acrtc::dataset
