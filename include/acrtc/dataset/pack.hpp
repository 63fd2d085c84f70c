#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "acrtc/dataset/dataset.hpp"
#include "acrtc/dataset/stored_samples.hpp"

namespace acrtc::dataset {

/// What a pack says of its samples.
struct PackFacts {
  StoredFormat format;
  std::int64_t classes = 0;
};

/// Writes samples one after the other into a few large files.
class PackWriter {
 public:
  virtual ~PackWriter() = default;
  virtual void begin(Split split) = 0;
  virtual void add(std::span<const std::uint8_t> bytes, std::int32_t label) = 0;
  /// Ends the last file. Without it the pack is unusable, and says so.
  virtual void finish() = 0;
};

/// Tar shards in WebDataset naming: train-000000.tar, ..., test-000000.tar, ..., each of about `shard_bytes`. Sample n
/// of a split is the files `<n, nine digits>.jpg` (or .bin) and `.cls`, its label in decimal. Beside each shard a text
/// file train-000000.index: a line `acrtc-shard 1`, a line `BEGIN SIZE LABEL CRC32` a sample (the CRC in hexadecimal),
/// and a line `end CRC32` over all before; beside all, pack.txt: format, encoding, shape, classes, mean, std, and of
/// each split how many shards and samples it has.
std::unique_ptr<PackWriter> tar_pack_writer(const std::filesystem::path& directory, const PackFacts& facts,
                                            std::int64_t shard_bytes);
/// One HDF5 file pack.h5: a group for each split with `bytes` [rows, row bytes] u8, in which samples follow each other
/// without gaps, and a row a sample in `end` (byte behind its last), `label` and `crc32`.
std::unique_ptr<PackWriter> hdf5_pack_writer(const std::filesystem::path& directory, const PackFacts& facts);

/// A pack opened for reading.
struct Pack {
  PackFacts facts;
  std::unique_ptr<SampleStorage> storage;
};

/// Opens tar shards. With a pack.txt they are those that it counts, each with its index. Without, as WebDataset writes
/// them, headers and labels are read, samples are JPEG files that are not checked, and the classes those that occur.
/// Throws UserError naming file and byte or line where something is missing or damaged.
Pack open_tar_pack(const std::filesystem::path& directory);
Pack open_hdf5_pack(const std::filesystem::path& file);

enum class PackFormat { tar, hdf5 };

struct PackOptions {
  PackFormat format = PackFormat::tar;
  std::int64_t shard_bytes = std::int64_t{256} << 20;
  std::uint64_t seed = 1;  ///< of the order of the training samples, so that runs in sequence are a random mix
};

/// Packs both splits of `dataset` into `directory`, which must be new or empty, as a whole or not at all: until it is
/// complete, the pack has a name of its own beside it. Returns the number of samples. Throws UserError as the dataset's
/// read_stored() does, where a file cannot be written, and where no training sample is of some class.
std::int64_t pack(const Dataset& dataset, const std::filesystem::path& directory, const PackOptions& options);

}  // namespace acrtc::dataset
