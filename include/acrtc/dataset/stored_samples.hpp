#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "acrtc/dataset/dataset.hpp"
#include "acrtc/dataset/image_crop.hpp"

namespace acrtc::dataset {

/// Samples on a disk, read one by one; only an index is in memory.
class SampleStorage {
 public:
  virtual ~SampleStorage() = default;
  virtual std::int64_t size(Split split) const = 0;
  virtual std::int64_t classes() const = 0;
  /// Replaces `bytes` and returns the label. Thread-safe. Throws UserError where they cannot be read, or are not those
  /// that were written.
  virtual std::int32_t read(Split split, std::int64_t index, std::vector<std::uint8_t>& bytes) const = 0;
  /// What messages call a sample: its file, and its place in it.
  virtual std::string name(Split split, std::int64_t index) const = 0;
};

/// Turns stored bytes into what a network takes. Thread-safe.
class SampleDecoder {
 public:
  virtual ~SampleDecoder() = default;
  virtual StoredFormat format() const = 0;
  virtual SampleShape shape() const = 0;
  /// Writes the sample, normalised and varied as the request says, to `out`. Throws UserError naming `name`.
  virtual void decode(std::span<const std::uint8_t> bytes, const std::string& name, const SampleRequest& request,
                      std::span<float> out) const = 0;
};

/// A decoder of u8 or f32 tensors of format.shape. u8 samples are varied, f32 ones are not.
std::unique_ptr<SampleDecoder> tensor_decoder(const StoredFormat& format, const CropFlip& variation);
/// A decoder of JPEG files into [3, size, size].
std::unique_ptr<SampleDecoder> jpeg_decoder(const Normalizer& normalizer, const ImageCrop& crop);

enum class OnCorrupt {
  skip,  ///< a broken sample is counted and the next readable one of the split, label and all, stands in for it
  fail,  ///< UserError
};

/// Stored samples, decoded on reading.
class StoredSamples : public Dataset {
 public:
  StoredSamples(std::unique_ptr<SampleStorage> storage, std::unique_ptr<SampleDecoder> decoder, OnCorrupt on_corrupt);

  std::int64_t size(Split split) const override { return storage_->size(split); }
  SampleShape shape() const override { return decoder_->shape(); }
  std::int64_t classes() const override { return storage_->classes(); }
  /// Throws UserError also under OnCorrupt::skip where 64 samples in sequence are broken: then something else is wrong.
  std::int32_t read(const SampleRequest& request, std::span<float> out) const override;
  StoredFormat stored_format() const override { return decoder_->format(); }
  /// Of samples whose bytes cannot be read, likewise; what they hold is not looked at.
  std::int32_t read_stored(Split split, std::int64_t index, std::vector<std::uint8_t>& bytes) const override;
  Damage damage() const override;
  bool found_broken(Split split, std::int64_t index) const override;

 private:
  template <class Read>
  std::int32_t read_next(Split split, std::int64_t index, const Read& read) const;
  void note(Split split, std::int64_t index, const char* message) const;

  std::unique_ptr<SampleStorage> storage_;
  std::unique_ptr<SampleDecoder> decoder_;
  OnCorrupt on_corrupt_;
  mutable std::mutex mutex_;  ///< guards what follows
  mutable std::set<std::pair<Split, std::int64_t>> broken_;
  mutable std::vector<std::string> messages_;
};

}  // namespace acrtc::dataset
