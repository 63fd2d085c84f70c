#include "acrtc/comm/host_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include "support/base/limit.hpp"

namespace acrtc::comm {
namespace {

const auto& world() {
  static const Communicator all = Communicator::world();
  return all;
}

TEST(HostMemory, ShowsEveryRankWhatTheOthersWrite) {
  const HostMemory memory(world(), 5000);
  const HostArray array = memory.array(1000, 4000);
  for (int step = 0; step < 3; ++step) {
    std::ranges::fill(array.own(), static_cast<float>(world().rank() + 10 * step));
    world().barrier();
    for (int rank = 0; rank < world().size() && world().size() > 1; ++rank) {
      ASSERT_TRUE(array.sees(rank));
      EXPECT_THAT(array.of(rank), testing::Each(static_cast<float>(rank + 10 * step)));
    }
    world().barrier();
  }
  EXPECT_THAT(memory.array(0, 1000).own(), testing::Each(0.0F));
}

TEST(HostMemory, TellsByASignalAlone) {
  if (world().size() == 1) return;
  const HostMemory memory(world(), 1);
  const HostArray array = memory.array(0, 1);
  const int next = (world().rank() + 1) % world().size(), last = (world().rank() + world().size() - 1) % world().size();
  for (int turn = 1; turn <= 100; ++turn) {
    Request told = world().await(last, 3), taken = world().await(next, 4);
    array.own()[0] = static_cast<float>(turn);
    Request tell = world().signal(next, 3);
    told.wait();
    ASSERT_EQ(array.of(last)[0], static_cast<float>(turn));
    world().signal(last, 4).wait();
    taken.wait();
  }
}

TEST(HostMemory, OfARankThatIsGoneCanStillBeRead) {
  if (world().size() == 1) return;
  std::optional<HostMemory> memory(std::in_place, world(), 10);
  const HostArray array = memory->array(0, 10);
  std::ranges::fill(array.own(), 7.0F);
  world().barrier();
  if (world().rank() == 0) memory.reset();
  world().barrier();
  if (world().rank() > 0) {
    EXPECT_THAT(array.of(0), testing::Each(7.0F));
  }
}

rlim_t address_space() {
  std::ifstream pages("/proc/self/statm");
  rlim_t used = 0;
  pages >> used;
  return used * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

void expect_alone(const HostMemory& memory, std::size_t floats) {
  const HostArray array = memory.array(0, floats);
  for (int rank = 0; rank < world().size(); ++rank) EXPECT_EQ(array.sees(rank), rank == world().rank());
  std::ranges::fill(array.own().first(1000), 1.0F);
  EXPECT_THAT(array.own().first(1000), testing::Each(1.0F));
}

/// A refusal on one rank is enough: all must take the same way.
bool is_last() { return world().rank() == world().size() - 1; }

TEST(HostMemory, IsOfEachRankAloneWhereTheSystemRefusesToShare) {
  std::optional<test::Limit> limit;
  if (is_last()) limit.emplace(RLIMIT_FSIZE, 100);
  const HostMemory memory(world(), 1000);
  limit.reset();
  expect_alone(memory, 1000);
}

#ifndef ACRTC_SANITIZED  // sanitizers' own memory is beyond any limit
TEST(HostMemory, IsOfEachRankAloneWhereAddressesDoNotSufficeForAll) {
  constexpr std::size_t floats = 50'000'000;  // room for one, beside what messages take
  std::optional<test::Limit> limit;
  if (is_last()) limit.emplace(RLIMIT_AS, address_space() + floats * 6);
  const HostMemory memory(world(), floats);
  limit.reset();
  expect_alone(memory, floats);
}
#endif

}  // namespace
}  // namespace acrtc::comm
