#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "acrtc/comm/communicator.hpp"

namespace {

/// Rank 0 prints as GoogleTest does; the others only say what failed, and where.
class FailurePrinter : public testing::EmptyTestEventListener {
 public:
  explicit FailurePrinter(int rank) : rank_(rank) {}

  void OnTestStart(const testing::TestInfo& test) override {
    test_ = std::string(test.test_suite_name()) + "." + test.name();
  }

  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    std::fprintf(stderr, "[rank %d] %s: %s:%d: %s\n", rank_, test_.c_str(),
                 result.file_name() ? result.file_name() : "-", result.line_number(), result.summary());
  }

 private:
  int rank_;
  std::string test_;  // kept here: asking GoogleTest while it reports a result deadlocks
};

}  // namespace

/// Runs the tests on every rank; any rank's failure is everybody's exit status.
/// ACRTC_TEST_RANKS guards against an mpiexec of another MPI library, which starts so many jobs of one rank.
int main(int argc, char** argv) {
  const acrtc::comm::Session session(argc, argv);
  testing::InitGoogleTest(&argc, argv);
  const auto world = acrtc::comm::Communicator::world();
  if (const char* ranks = std::getenv("ACRTC_TEST_RANKS"); ranks && world.size() != std::stoi(ranks)) {
    std::fprintf(stderr, "%d ranks where %s were started\n", world.size(), ranks);
    return EXIT_FAILURE;
  }
  if (world.rank() > 0) {
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new FailurePrinter(world.rank()));
  }
  return static_cast<int>(world.max(RUN_ALL_TESTS()));
}
