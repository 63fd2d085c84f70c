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

std::int32_t StoredSamples::read(const SampleRequest& request, std::span<float> out) const {
  require(request.index >= 0 && request.index < size(request.split), "the sample lies in its split");
  thread_local std::vector<std::uint8_t> bytes;  // as large as the largest sample so far
  SampleRequest tried = request;
  for (std::int64_t attempt = 1;; ++attempt) {
    try {
      const std::int32_t label = storage_->read(tried.split, tried.index, bytes);
      decoder_->decode(bytes, storage_->name(tried.split, tried.index), tried, out);
      return label;
    } catch (const UserError& error) {
      if (on_corrupt_ == OnCorrupt::fail || attempt == most_in_sequence) throw;
      note(tried.split, tried.index, error.what());
    }
    tried.index = (tried.index + 1) % size(tried.split);
  }
}

std::int32_t StoredSamples::read_stored(Split split, std::int64_t index, std::vector<std::uint8_t>& bytes) const {
  return storage_->read(split, index, bytes);
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
