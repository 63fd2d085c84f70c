#include "acrtc/comm/communicator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "acrtc/base/error.hpp"
#include "support/base/user_error.hpp"

// One rank and no Session: every call answers by itself. tests/mpi/comm holds the same calls to more ranks.

namespace acrtc::comm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::byte> some_bytes{std::byte{1}, std::byte{2}, std::byte{3}};

TEST(Communicator, IsOneRankWithoutSession) {
  const auto world = Communicator::world();
  EXPECT_EQ(world.rank(), 0);
  EXPECT_EQ(world.size(), 1);
  EXPECT_EQ(world.on_host(), std::vector<int>{0});
  world.barrier();
}

TEST(Communicator, KeepsWhatOneRankBroadcasts) {
  const auto world = Communicator::world();
  auto bytes = some_bytes;
  world.broadcast(bytes, 0);
  EXPECT_EQ(bytes, some_bytes);
  std::vector<float> values{1, 2};
  world.broadcast(values, 0);
  world.start_broadcast(values, 0).wait();
  EXPECT_THAT(values, ElementsAre(1, 2));
}

TEST(Communicator, GathersItsOwnBytes) {
  const auto world = Communicator::world();
  EXPECT_THAT(world.all_gather(some_bytes), ElementsAre(some_bytes));
  EXPECT_THAT(world.gather(some_bytes, 0), ElementsAre(some_bytes));
  EXPECT_THAT(world.gather({}, 0), ElementsAre(std::vector<std::byte>{}));
}

TEST(Communicator, ReducesToItsOwnValues) {
  const auto world = Communicator::world();
  EXPECT_EQ(world.max(-7), -7);
  std::vector<float> values{1, 2};
  auto request = world.all_reduce_sum(values);
  EXPECT_TRUE(request.done());
  request.wait();
  EXPECT_THAT(values, ElementsAre(1, 2));
}

TEST(Communicator, HasNobodyToSendTo) {
  const auto world = Communicator::world();
  std::vector<float> values{1};
  EXPECT_THROW(world.send(values, 0, 0), InternalError);
  EXPECT_THROW(world.receive(values, 1, 0), InternalError);
}

TEST(Communicator, PassesTheOneRanksErrorOn) {
  const auto world = Communicator::world();
  world.fail_together([] {});
  EXPECT_EQ(test::user_error([&] { world.fail_together([] { throw UserError("no such file"); }); }), "no such file");
}

TEST(Communicator, FailsTogetherOnlyOnceAtATime) {
  const auto world = Communicator::world();
  EXPECT_THROW(world.fail_together([&] { world.fail_together([] {}); }), InternalError);
  world.fail_together([] {});
}

TEST(Communicator, NamesTheLibraryWithoutSession) { EXPECT_THAT(Communicator::library_version(), HasSubstr("MPI")); }

TEST(CommunicatorDeathTest, AbortEndsTheProcessWithItsStatus) {
  EXPECT_EXIT(Communicator::world().abort(5), testing::ExitedWithCode(5), "");
}

}  // namespace
}  // namespace acrtc::comm
