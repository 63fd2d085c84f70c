#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "acrtc/dataset/batch.hpp"
#include "acrtc/dataset/dataset.hpp"

namespace acrtc::dataset {

/// The batches to load, in order.
struct LoadPlan {
  Split split = Split::train;
  std::uint32_t epoch = 0;
  std::int64_t batches = 0;
  /// Sample indices of batch 0 .. batches - 1; what it returns must stay as long as the loader. Called from any of the
  /// threads that read, one at a time.
  std::function<std::span<const std::uint32_t>(std::int64_t batch)> samples;
};

/// Reads batches ahead on threads of its own. Where they cannot keep up, next() reads with them instead of waiting, so
/// that training is never slower than without them. Batches come in order and are, bit for bit, those of read_batch(),
/// however many threads there are.
class Loader {
 public:
  struct Options {
    int threads = 1;  ///< that read ahead; 0 = next() alone reads
    int ahead = 2;    ///< batches read or being read beside the one in use, >= 1: what bounds the memory
    int helpers = 1;  ///< threads on which next() reads what is left of its batch, >= 1
  };
  /// Starts reading. `dataset` must outlive this.
  Loader(const Dataset& dataset, LoadPlan plan, Options options);
  ~Loader();  ///< drops what is not yet read
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// The next batch, read or waited for where needed; valid until the next call. Not beyond the plan: InternalError.
  /// Throws what Dataset::read threw in one of its samples; later batches can still be taken.
  const Batch& next();
  /// How long next() has read or waited, in seconds: near 0 where the threads keep up.
  double waited() const { return waited_; }

 private:
  struct Slot {
    Batch batch;
    std::span<const std::uint32_t> samples;
    std::int64_t handed_out = 0;  ///< samples that a thread has taken or finished
    std::int64_t unfinished = 0;
    std::exception_ptr failure;
  };
  struct Task {
    Slot* slot = nullptr;
    Range samples;
  };

  void work();
  void help();
  bool await_work(std::unique_lock<std::mutex>& lock);
  void prepare(Slot& slot) noexcept;
  Task hand_out();
  void finish(const Task& task, std::unique_lock<std::mutex>& lock);
  void read(const Task& task);
  Slot& slot(std::int64_t batch) { return slots_[batch % std::ssize(slots_)]; }

  const Dataset& dataset_;
  LoadPlan plan_;
  int helpers_;
  std::mutex mutex_;  ///< guards all below but the contents of batches
  std::condition_variable work_left_, batch_ready_;
  std::vector<Slot> slots_;   ///< a ring: the one in use and those ahead
  std::int64_t in_use_ = -1;  ///< the batch that next() gave last
  std::int64_t reading_ = 0;  ///< the first batch with samples not handed out
  bool started_ = false;      ///< of reading_: its slot is prepared
  bool ending_ = false;
  double waited_ = 0;
  std::vector<std::jthread> threads_;
};

}  // namespace acrtc::dataset
