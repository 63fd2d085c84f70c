#include "acrtc/hardware/interconnect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "acrtc/base/error.hpp"
#include "hardware_files.hpp"

namespace acrtc::hardware {
namespace {

using testing::HardwareFile;

/// Latency 1 us, 1 GB/s, 1 pJ/bit, 2 W.
const Interconnect wires{"wires", "", {1e-6}, {1e9}, {1e-12}, {2}};
constexpr Bytes kilobyte{1000};  // 1 us on the wires

std::unique_ptr<Collective> make(const std::string& name) {
  const auto& entry = Registry<Collective>::instance().find(name);
  return entry.make(Settings(name, {}, entry.schema));
}

/// Microseconds to all-reduce a kilobyte.
double microseconds(const std::string& name, std::int64_t nodes) {
  return make(name)->time(wires, kilobyte, nodes).value * 1e6;
}

TEST(Collectives, TakeWhatThePaperSays) {
  EXPECT_NEAR(microseconds("ring", 4), 6 + 1.5, 1e-9);
  EXPECT_NEAR(microseconds("recursive_doubling", 8), 3 + 3, 1e-9);
  EXPECT_NEAR(microseconds("rabenseifner", 8), 6 + 1.75, 1e-9);
}

TEST(Collectives, FoldNodesBeyondAPowerOfTwo) {
  EXPECT_NEAR(microseconds("recursive_doubling", 6), 2 * 2 + 2 * 2, 1e-9);
  EXPECT_NEAR(microseconds("rabenseifner", 6), 4 + 1.5 + 2 * 2, 1e-9);
  // Two of six nodes send once, their partners once more; four send 2 (or 1.5) buckets among themselves.
  EXPECT_NEAR(make("recursive_doubling")->sent(kilobyte, 6).value, (4 * 2 + 2 * 2) * 1000 / 6.0, 1e-9);
  EXPECT_NEAR(make("rabenseifner")->sent(kilobyte, 6).value, (4 * 1.5 + 2 * 2) * 1000 / 6.0, 1e-9);
}

TEST(Collectives, TreePipelinesItsBlocks) {
  const auto tree = make("tree");
  // Two nodes, 1 kB: sqrt(1 * 2) blocks in 1 + sqrt(2) steps of 1 us + 2 us / sqrt(2).
  EXPECT_NEAR(microseconds("tree", 2), std::pow(1 + std::sqrt(2.0), 2), 1e-9);
  EXPECT_NEAR(tree->time(wires, {0}, 1024).value, 20e-6, 1e-12);        // latency alone
  EXPECT_NEAR(tree->time(wires, {1e12}, 1024).value / 2000, 1, 0.001);  // bandwidth alone
  Interconnect instant = wires;
  instant.latency = {0};
  EXPECT_NEAR(tree->time(instant, kilobyte, 1024).value, 2e-6, 1e-9);
}

class EveryCollective : public ::testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Collective> collective = make(GetParam());
};

TEST_P(EveryCollective, CostsNothingOnOneNode) {
  EXPECT_EQ(collective->time(wires, kilobyte, 1).value, 0);
  EXPECT_EQ(collective->sent(kilobyte, 1).value, 0);
}

TEST_P(EveryCollective, RespectsTheLowerBounds) {
  for (const std::int64_t nodes : {2, 3, 4, 7, 8, 1000, 65536})
    for (const Bytes bytes : {Bytes{4}, kilobyte, Bytes{1e8}}) {
      const double p = static_cast<double>(nodes);
      const Seconds time = collective->time(wires, bytes, nodes);
      const Bytes sent = collective->sent(bytes, nodes);
      EXPECT_GE(sent.value, 2 * (p - 1) / p * bytes.value * (1 - 1e-12)) << nodes;
      EXPECT_GE(time.value, (sent / wires.bandwidth).value * (1 - 1e-12)) << nodes;
      EXPECT_GE(time.value, wires.latency.value * std::log2(p) * (1 - 1e-12)) << nodes;
    }
}

TEST_P(EveryCollective, TakesLongerForMoreBytes) {
  for (const std::int64_t nodes : {2, 6, 64})
    for (double bytes = 1; bytes < 1e9; bytes *= 10)
      EXPECT_LT(collective->time(wires, {bytes}, nodes), collective->time(wires, {10 * bytes}, nodes));
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryCollective, ::testing::ValuesIn(Registry<Collective>::instance().names()),
                         [](const auto& info) { return info.param; });

TEST(Exchange, HidesBehindBackwardWhatItCan) {
  const auto ring = make("ring");  // two nodes: 2 us + 1 us for a kilobyte
  const std::vector<Bucket> buckets{{{1e-6}, kilobyte}, {{2e-6}, kilobyte}, {{20e-6}, kilobyte}};
  const Exchange result = exchange(wires, *ring, 2, buckets, {21e-6});
  EXPECT_NEAR(result.busy.value, 9e-6, 1e-15);
  EXPECT_NEAR(result.exposed.value, 2e-6, 1e-15);
  EXPECT_NEAR(result.energy.value, 3 * 8000 * 1e-12 + 2 * 23e-6, 1e-15);  // three kilobytes sent, 2 W for 23 us
}

TEST(Exchange, QueuesBucketsOneAfterAnother) {
  const auto ring = make("ring");
  const std::vector<Bucket> buckets{{{0}, kilobyte}, {{0}, kilobyte}, {{1e-6}, kilobyte}};
  EXPECT_NEAR(exchange(wires, *ring, 2, buckets, {1e-6}).exposed.value, 8e-6, 1e-15);
  EXPECT_EQ(exchange(wires, *ring, 2, buckets, {10e-6}).exposed.value, 0);
}

TEST(Exchange, CostsNothingOnOneNode) {
  const std::vector<Bucket> buckets{{{0}, kilobyte}};
  const Exchange result = exchange(wires, *make("ring"), 1, buckets, {1});
  EXPECT_EQ(result.busy.value, 0);
  EXPECT_EQ(result.exposed.value, 0);
  EXPECT_EQ(result.energy.value, 0);
}

TEST(ParseInterconnect, ReadsEveryFile) {
  for (const HardwareFile& file : HardwareFile::all("interconnect")) {
    const Interconnect read = parse_interconnect(file.table(), file.name());
    EXPECT_EQ(read.name, file.name());
    EXPECT_GT(read.bandwidth.value, 1e9);
    EXPECT_LT(read.latency.value, 1e-4);
  }
  const auto edr = parse_interconnect(HardwareFile::named("interconnect/ib-edr.toml").table(), "ib-edr");
  EXPECT_DOUBLE_EQ(edr.latency.value, 1.1e-6);
  EXPECT_DOUBLE_EQ(edr.bandwidth.value, 12e9);
}

TEST(ParseInterconnect, RefusesWhatIsNoInterconnect) {
  EXPECT_THROW(parse_interconnect(HardwareFile::named("hardware/v100.toml").table(), "v100"), UserError);
}

}  // namespace
}  // namespace acrtc::hardware
