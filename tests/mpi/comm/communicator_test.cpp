#include "acrtc/comm/communicator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "acrtc/base/error.hpp"

namespace acrtc::comm {
namespace {

const auto& world() {
  static const Communicator all = Communicator::world();
  return all;
}

// More than the pieces into which the communicator cuts its transfers.
constexpr std::size_t long_transfer = (std::size_t{1} << 24) + 3;

/// Different on every rank, also in length; empty on rank 0.
std::vector<std::byte> bytes_of(int rank) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(rank) * 1000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i + rank);
  return bytes;
}

std::vector<float> values_of(int rank, std::size_t size) {
  std::vector<float> values(size);
  for (std::size_t i = 0; i < size; ++i) values[i] = static_cast<float>(i % 1000 + 7 * rank);
  return values;
}

TEST(Communicator, KnowsItsPlace) {
  EXPECT_GE(world().rank(), 0);
  EXPECT_LT(world().rank(), world().size());
  std::vector<int> all(world().size());
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(world().on_host(), all);
  EXPECT_EQ(world().max(world().rank()), world().size() - 1);
  EXPECT_EQ(world().max(-world().rank()), 0);
  world().barrier();
}

TEST(Communicator, BroadcastsBytesOfAnyLengthFromAnyRoot) {
  for (int root = 0; root < world().size(); ++root) {
    auto bytes = bytes_of(world().rank());
    world().broadcast(bytes, root);
    EXPECT_EQ(bytes, bytes_of(root));
  }
}

TEST(Communicator, BroadcastsLongerThanOnePiece) {
  const int root = world().size() - 1;
  auto values = values_of(world().rank(), long_transfer);
  world().broadcast(values, root);
  EXPECT_EQ(values, values_of(root, long_transfer));
}

TEST(Communicator, BroadcastsSeveralBucketsAtOnce) {
  std::vector<std::vector<float>> buckets;
  std::vector<Request> requests;
  for (int bucket = 0; bucket < 8; ++bucket) buckets.push_back(values_of(world().rank(), 100 + bucket));
  for (int bucket = 0; bucket < 8; ++bucket)
    requests.push_back(world().start_broadcast(buckets[bucket], bucket % world().size()));
  while (!std::ranges::all_of(requests, &Request::done)) continue;
  for (int bucket = 0; bucket < 8; ++bucket)
    EXPECT_EQ(buckets[bucket], values_of(bucket % world().size(), 100 + bucket));
}

TEST(Communicator, GathersBytesInRankOrder) {
  const auto all = world().all_gather(bytes_of(world().rank()));
  ASSERT_EQ(all.size(), static_cast<std::size_t>(world().size()));
  for (int rank = 0; rank < world().size(); ++rank) EXPECT_EQ(all[rank], bytes_of(rank));
}

TEST(Communicator, GathersToTheRootAlone) {
  for (int root = 0; root < world().size(); ++root) {
    const auto all = world().gather(bytes_of(world().rank()), root);
    ASSERT_EQ(all.size(), static_cast<std::size_t>(world().rank() == root ? world().size() : 0));
    for (std::size_t rank = 0; rank < all.size(); ++rank) EXPECT_EQ(all[rank], bytes_of(static_cast<int>(rank)));
  }
}

TEST(Communicator, GathersMoreThanOnePiece) {
  const std::vector<std::byte> bytes(long_transfer, static_cast<std::byte>(world().rank()));
  const auto all = world().gather(bytes, 0);
  for (std::size_t rank = 0; rank < all.size(); ++rank)
    EXPECT_EQ(all[rank], std::vector<std::byte>(long_transfer, static_cast<std::byte>(rank)));
}

TEST(Communicator, PassesMessagesAroundTheRing) {
  if (world().size() == 1) GTEST_SKIP() << "nobody to send to";
  const int next = (world().rank() + 1) % world().size();
  const int previous = (world().rank() + world().size() - 1) % world().size();
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, long_transfer}) {
    const auto mine = values_of(world().rank(), size);
    std::vector<float> theirs(size);
    auto receiving = world().receive(theirs, previous, 3);
    auto sending = world().send(mine, next, 3);
    receiving.wait();
    sending.wait();
    EXPECT_EQ(theirs, values_of(previous, size));
  }
}

TEST(Communicator, KeepsTagsApart) {
  if (world().size() == 1) GTEST_SKIP() << "nobody to send to";
  std::vector<float> first{1}, second{2}, a(1), b(1);
  if (world().rank() == 0) {
    auto early = world().send(first, 1, 1);
    auto late = world().send(second, 1, 2);
  } else if (world().rank() == 1) {
    world().receive(b, 0, 2).wait();
    world().receive(a, 0, 1).wait();
    EXPECT_EQ(a, first);
    EXPECT_EQ(b, second);
  }
}

TEST(Communicator, SumsOverRanks) {
  const auto ranks = static_cast<float>(world().size());
  for (const std::size_t size : {std::size_t{1}, std::size_t{1000}, long_transfer}) {
    auto values = values_of(world().rank(), size);
    world().all_reduce_sum(values).wait();
    auto expected = values_of(0, size);
    for (float& value : expected) value = ranks * value + 7 * ranks * (ranks - 1) / 2;  // exact in float
    EXPECT_EQ(values, expected);
  }
}

TEST(Communicator, RequestWaitsWhenItIsReplacedOrDropped) {
  std::vector<float> first{1}, second{1};
  {
    auto request = world().all_reduce_sum(first);
    request = world().all_reduce_sum(second);
    EXPECT_EQ(first[0], static_cast<float>(world().size()));
  }
  EXPECT_EQ(second[0], static_cast<float>(world().size()));
}

TEST(Communicator, FailsTogetherWithTheLowestRanksError) {
  world().fail_together([] {});
  const int culprit = std::min(1, world().size() - 1);
  std::string message;
  try {
    world().fail_together([&] {
      if (world().rank() >= culprit) throw UserError("no data on " + std::to_string(world().rank()));
    });
  } catch (const UserError& error) {
    message = error.what();
  }
  EXPECT_EQ(message, world().size() == 1 ? "no data on 0" : "[rank 1] no data on 1");
}

TEST(Communicator, NamesNoRankWhereAllFail) {
  try {
    world().fail_together([] { throw UserError("no such file"); });
    FAIL() << "no error";
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(), "no such file");
    EXPECT_EQ(dynamic_cast<const SharedError*>(&error) != nullptr, world().size() > 1);
  }
}

}  // namespace
}  // namespace acrtc::comm
