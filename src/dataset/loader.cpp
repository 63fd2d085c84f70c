#include "acrtc/dataset/loader.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <system_error>
#include <utility>

#include "acrtc/base/error.hpp"
#include "acrtc/base/parallel.hpp"

namespace acrtc::dataset {
namespace {

/// Small enough that threads end a batch together, also where they share a core; large enough that its lock costs
/// little beside reading even the smallest images.
constexpr std::int64_t most_samples_per_task = 2;

}  // namespace

Loader::Loader(const Dataset& dataset, LoadPlan plan, Options options)
    : dataset_(dataset),
      plan_(std::move(plan)),
      helpers_(options.helpers),
      slots_(options.threads == 0 ? 1 : static_cast<std::size_t>(options.ahead) + 1) {
  require(options.threads >= 0 && options.ahead >= 1 && options.helpers >= 1, "a loader can read");
  // A failure must not leave here while a thread runs: it would be waited for and never told to end.
  threads_.reserve(static_cast<std::size_t>(options.threads));
  try {
    for (int t = 0; t < options.threads; ++t) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // The system gives no more threads; next() reads what those that run do not.
  } catch (const std::bad_alloc&) {
    // Nor memory for one.
  }
}

Loader::~Loader() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  work_left_.notify_all();
}

const Batch& Loader::next() {
  const auto begin = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  require(in_use_ + 1 < plan_.batches, "the plan holds another batch");
  ++in_use_;  // frees the slot of the batch before
  const bool is_read = reading_ > in_use_;
  lock.unlock();
  work_left_.notify_all();
  if (!is_read) help();
  lock.lock();
  batch_ready_.wait(lock, [&] { return slot(in_use_).unfinished == 0; });
  waited_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (const auto failure = std::exchange(slot(in_use_).failure, nullptr)) std::rethrow_exception(failure);
  return slot(in_use_).batch;
}

void Loader::work() {
  std::unique_lock lock(mutex_);
  while (await_work(lock)) finish(hand_out(), lock);
}

/// Reads of the batch in use what nobody else has taken.
void Loader::help() {
  parallel_for(helpers_, helpers_, [this](std::int64_t) {
    std::unique_lock lock(mutex_);
    while (reading_ == in_use_) finish(hand_out(), lock);
  });
}

/// False where there will be nothing to read any more.
bool Loader::await_work(std::unique_lock<std::mutex>& lock) {
  const auto free_slot = [&] { return reading_ < std::max<std::int64_t>(in_use_, 0) + std::ssize(slots_); };
  work_left_.wait(lock, [&] { return ending_ || reading_ == plan_.batches || free_slot(); });
  return !ending_ && reading_ < plan_.batches;
}

/// For the batch reading_. Where there is no memory for it, it has no samples, and next() throws.
void Loader::prepare(Slot& slot) noexcept {
  try {
    slot.samples = plan_.samples(reading_);
    slot.batch.images.resize(std::ssize(slot.samples), dataset_.shape());
    slot.batch.labels.resize(slot.samples.size());
  } catch (...) {
    slot.failure = std::current_exception();
    slot.samples = {};
  }
  slot.handed_out = 0;
  slot.unfinished = std::ssize(slot.samples);
}

Loader::Task Loader::hand_out() {
  Slot& current = slot(reading_);
  if (!std::exchange(started_, true)) prepare(current);
  const std::int64_t end = std::min(current.handed_out + most_samples_per_task, std::ssize(current.samples));
  const Task task{&current, {std::exchange(current.handed_out, end), end}};
  if (end == std::ssize(current.samples)) {
    ++reading_;
    started_ = false;
    if (reading_ == plan_.batches) work_left_.notify_all();  // nobody need wait any longer
  }
  return task;
}

/// Reads while the lock is open.
void Loader::finish(const Task& task, std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  std::exception_ptr failure;
  try {
    read(task);
  } catch (...) {
    failure = std::current_exception();
  }
  lock.lock();
  if (failure && !task.slot->failure) task.slot->failure = failure;
  task.slot->unfinished -= task.samples.size();
  if (task.slot->unfinished == 0) batch_ready_.notify_all();
}

void Loader::read(const Task& task) {
  Batch& batch = task.slot->batch;
  for (std::int64_t n = task.samples.begin; n < task.samples.end; ++n)
    batch.labels[n] = dataset_.read({plan_.split, task.slot->samples[n], plan_.epoch}, batch.images.sample(n));
}

}  // namespace acrtc::dataset
