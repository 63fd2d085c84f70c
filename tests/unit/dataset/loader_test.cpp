#include "acrtc/dataset/loader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>

#include "acrtc/base/error.hpp"
#include "unit/dataset/made_up.hpp"

namespace acrtc::dataset {
namespace {

using namespace testing;

/// Sample i holds i and the epoch; 13 cannot be read. Counts what was read.
class Slow : public Dataset {
 public:
  std::int64_t size(Split) const override { return 1000; }
  SampleShape shape() const override { return {2, 1, 1}; }
  std::int64_t classes() const override { return 1000; }
  std::int32_t read(const SampleRequest& request, std::span<float> out) const override {
    ++read_;
    {
      const std::scoped_lock lock(mutex_);
      readers_.insert(std::this_thread::get_id());
    }
    std::this_thread::sleep_for(std::chrono::microseconds(request.index % 7 * 20));
    if (request.index == 13) throw UserError("sample 13");
    out[0] = static_cast<float>(request.index);
    out[1] = static_cast<float>(request.epoch);
    return static_cast<std::int32_t>(request.index);
  }
  std::int64_t samples_read() const { return read_; }
  std::set<std::thread::id> readers() const {
    const std::scoped_lock lock(mutex_);
    return readers_;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::set<std::thread::id> readers_;
  mutable std::atomic<std::int64_t> read_ = 0;
};

class Loading : public ::testing::Test {
 protected:
  Loading() : indices_(960) { std::iota(indices_.begin(), indices_.end(), 20U); }
  LoadPlan plan(std::int64_t batch) {
    return {Split::train, 4, 960 / batch, [this, batch](std::int64_t b) {
              return std::span<const std::uint32_t>(indices_).subspan(b * batch, batch);
            }};
  }
  std::vector<std::uint32_t> indices_;
  Slow slow_;
};

TEST_F(Loading, GivesTheBatchesOfThePlanInOrderOnAnyNumberOfThreads) {
  for (const int threads : {0, 1, 4}) {
    for (const int helpers : {1, 3}) {
      Loader loader(slow_, plan(20), {.threads = threads, .ahead = threads + 1, .helpers = helpers});
      for (std::int64_t b = 0; b < 48; ++b) {
        const Batch& batch = loader.next();
        Batch expected;
        read_batch(slow_, Split::train, 4, std::span(indices_).subspan(b * 20, 20), 1, expected);
        EXPECT_EQ(batch.labels, expected.labels);
        EXPECT_TRUE(std::ranges::equal(batch.images.values(), expected.images.values()));
      }
      EXPECT_THROW(loader.next(), InternalError);
    }
  }
}

TEST_F(Loading, ReadsAheadNoFurtherThanTold) {
  Loader loader(slow_, plan(10), {.threads = 2, .ahead = 3});
  for (int patience = 0; slow_.samples_read() < 40 && patience < 2000; ++patience)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(slow_.samples_read(), 40);
  loader.next();
  EXPECT_LE(slow_.samples_read(), 40) << "the first batch is in use: its place is not free";
  loader.next();
}

TEST_F(Loading, WithoutThreadsReadsWhatIsAskedFor) {
  Loader loader(slow_, plan(10), {.threads = 0, .helpers = 2});
  EXPECT_EQ(slow_.samples_read(), 0);
  loader.next();
  EXPECT_EQ(slow_.samples_read(), 10);
}

TEST_F(Loading, HelpsThreadsThatCannotKeepUp) {
  std::set<std::thread::id> readers;
  {
    Loader loader(slow_, plan(480), {.threads = 1, .helpers = 1});
    loader.next();
    readers = slow_.readers();
  }
  EXPECT_TRUE(readers.contains(std::this_thread::get_id()));
}

TEST_F(Loading, ABrokenSampleFailsItsBatchAlone) {
  indices_[15] = 13;
  for (const int threads : {0, 2}) {
    Loader loader(slow_, plan(10), {.threads = threads, .helpers = 2});
    EXPECT_EQ(loader.next().labels[0], 20);
    EXPECT_THROW(loader.next(), UserError);
    EXPECT_EQ(loader.next().labels[0], 40);
  }
}

TEST_F(Loading, EndsBeforeItsPlanDoes) {
  Loader loader(slow_, plan(10), {.threads = 3, .ahead = 2});
  loader.next();
  EXPECT_GE(loader.waited(), 0.0);
}

}  // namespace
}  // namespace acrtc::dataset
