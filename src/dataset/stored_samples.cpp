#include "acrtc/dataset/stored_samples.hpp"

#include "acrtc/base/error.hpp"

namespace acrtc::dataset {
namespace {

constexpr std::int64_t most_in_sequence = 64;
constexpr std::size_t most_messages = 10;

}  // namespace

StoredSamples::StoredSamples(std::unique_ptr<SampleStorage> storage, std::unique_ptr<SampleDecoder> decoder,
                             OnCorrupt on_corrupt)
    : storage_(std::move(storage)), decoder_(std::move(decoder)), on_corrupt_(on_corrupt) {}

/// What `read` returns of sample `index` or, where broken ones are skipped, of the next that it can read.
template <class Read>
std::int32_t StoredSamples::read_next(Split split, std::int64_t index, const Read& read) const {
  require(index >= 0 && index < size(split), "the sample lies in its split");
  for (std::int64_t attempt = 1;; ++attempt) {
    try {
      return read(index);
    } catch (const UserError& error) {
      if (on_corrupt_ == OnCorrupt::fail || attempt == most_in_sequence) throw;
      note(split, index, error.what());
    }
    index = (index + 1) % size(split);
  }
}

std::int32_t StoredSamples::read(const SampleRequest& request, std::span<float> out) const {
  thread_local std::vector<std::uint8_t> bytes;  // as large as the largest sample so far
  return read_next(request.split, request.index, [&](std::int64_t index) {
    const std::int32_t label = storage_->read(request.split, index, bytes);
    decoder_->decode(bytes, storage_->name(request.split, index), {request.split, index, request.epoch}, out);
    return label;
  });
}

std::int32_t StoredSamples::read_stored(Split split, std::int64_t index, std::vector<std::uint8_t>& bytes) const {
  return read_next(split, index, [&](std::int64_t tried) { return storage_->read(split, tried, bytes); });
}

void StoredSamples::note(Split split, std::int64_t index, const char* message) const {
  const std::scoped_lock lock(mutex_);
  if (broken_.emplace(split, index).second && messages_.size() < most_messages) messages_.emplace_back(message);
}

Damage StoredSamples::damage() const {
  const std::scoped_lock lock(mutex_);
  return {std::ssize(broken_), messages_};
}

bool StoredSamples::found_broken(Split split, std::int64_t index) const {
  const std::scoped_lock lock(mutex_);
  return broken_.contains({split, index});
}

}  // namespace acrtc::dataset
