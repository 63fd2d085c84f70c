#include "acrtc/dataset/pack.hpp"

#include <limits>
#include <numeric>
#include <system_error>
#include <vector>

#include "acrtc/base/error.hpp"
#include "acrtc/base/random.hpp"

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

}  // namespace

std::int64_t pack(const Dataset& dataset, const std::filesystem::path& directory, const PackOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) throw UserError("cannot make '" + directory.string() + "'", error.message());
  const PackFacts facts{dataset.stored_format(), dataset.classes()};
  const auto writer = options.format == PackFormat::tar ? tar_pack_writer(directory, facts, options.shard_bytes)
                                                        : hdf5_pack_writer(directory, facts);
  std::vector<std::uint8_t> bytes;
  for (const Split split : {Split::train, Split::test}) {
    writer->begin(split);
    for (const std::uint32_t index : order_of(split, dataset.size(split), options.seed)) {
      const std::int32_t label = dataset.read_stored(split, index, bytes);
      writer->add(bytes, label);
    }
  }
  writer->finish();
  return dataset.size(Split::train) + dataset.size(Split::test);
}

}  // namespace acrtc::dataset
