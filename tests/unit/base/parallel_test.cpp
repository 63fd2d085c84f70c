#include "acrtc/base/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <vector>

namespace acrtc {
namespace {

TEST(ParallelFor, RunsEachTaskOnce) {
  for (const int threads : {1, 2, 5}) {
    for (const std::int64_t tasks : {0, 1, 3, 1000}) {
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(tasks));
      parallel_for(threads, tasks, [&](std::int64_t task) { ++runs[static_cast<std::size_t>(task)]; });
      for (const auto& count : runs) EXPECT_EQ(count, 1);
    }
  }
}

TEST(ParallelFor, NumbersItsThreads) {
  EXPECT_EQ(thread_index(), 0);
  std::atomic<int> outside{0};
  parallel_for(3, 300, [&](std::int64_t) { outside += thread_index() < 0 || thread_index() >= 3; });
  EXPECT_EQ(outside, 0);
}

TEST(ParallelFor, PassesAnErrorOnAfterAllTasksAreOver) {
  for (const int threads : {1, 4}) {
    EXPECT_THROW(parallel_for(threads, 100,
                              [](std::int64_t task) {
                                if (task % 10 == 3) throw std::runtime_error("task");
                              }),
                 std::runtime_error);
  }
}

TEST(ParallelRanges, CutsIntoPiecesOfTheGrain) {
  std::mutex mutex;
  std::set<std::pair<std::int64_t, std::int64_t>> pieces;
  parallel_ranges(2, 10, 4, [&](std::int64_t begin, std::int64_t end) {
    const std::scoped_lock lock(mutex);
    pieces.emplace(begin, end);
  });
  EXPECT_EQ(pieces, (std::set<std::pair<std::int64_t, std::int64_t>>{{0, 4}, {4, 8}, {8, 10}}));
  parallel_ranges(2, 0, 4, [](std::int64_t, std::int64_t) { FAIL() << "a piece of nothing"; });
}

}  // namespace
}  // namespace acrtc
