#include "acrtc/record/log_mark.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <memory>

#include "acrtc/record/run_reader.hpp"
#include "sample_run.hpp"

namespace acrtc::record {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class LogMarkTest : public ScratchTest {
 protected:
  std::unique_ptr<RunLog> resume(const LogMark& mark) const {
    return RunLog::resume(path(), sample_description(), {.mark = mark});
  }

  /// Flips a bit of the one place where the file holds `value`.
  void damage(std::uint64_t value) const {
    std::fstream file(path(), std::ios::binary | std::ios::in | std::ios::out);
    std::string content((std::istreambuf_iterator<char>(file)), {});
    const std::string wanted(reinterpret_cast<const char*>(&value), sizeof value);
    const auto place = content.find(wanted);
    ASSERT_NE(place, std::string::npos);
    ASSERT_EQ(content.find(wanted, place + 1), std::string::npos);
    file.seekp(static_cast<std::streamoff>(place) + 3);
    file.put(static_cast<char>(content[place + 3] ^ 0x10));
  }
};

TEST_F(LogMarkTest, AnAlteredRowIsRefusedByColumn) {
  LogMark mark;
  {
    RunLog log(path(), sample_description());
    write_sample(log, 3);
    mark = log.mark();
  }
  damage(sample_step(1).weights_hash);
  EXPECT_THAT(user_error([&] { resume(mark); }),
              AllOf(HasSubstr("column 'weights_hash' of '/steps' of '" + path().string() + "' is damaged"),
                    HasSubstr("first 3 rows")));
  EXPECT_TRUE(std::filesystem::exists(path()));
  EXPECT_FALSE(std::filesystem::exists(path().string() + ".resumed"));
}

TEST_F(LogMarkTest, EveryColumnOfEveryTableHasAChecksumThatHolds) {
  RunLog log(path(), sample_description());
  write_sample(log, 2);
  const LogMark mark = log.mark();
  log.end(RunState::finished);
  const RunReader reader(path());
  for (const char* group : row_groups) {
    const TableMark& table = mark.at(group);
    for (const std::string& path : reader.datasets()) {
      const std::string name = path.substr(path.find('/') + 1);
      if (path != group + ("/" + name) || !is_row_column(name)) continue;
      EXPECT_TRUE(table.checksums.contains(name)) << path;
    }
    LogMark altered = mark;
    const auto last = std::prev(altered.at(group).checksums.end());
    last->second ^= 1;
    EXPECT_THAT(user_error([&] { resume(altered); }), HasSubstr("'" + last->first + "' of '/" + group + "'"));
  }
  EXPECT_NO_THROW(resume(mark)) << "the compressed file has the same rows";
}

TEST_F(LogMarkTest, AMarkBehindTheLastRowIsRefused) {
  LogMark mark;
  {
    RunLog log(path(), sample_description());
    log.on_step(sample_step(0));
    mark = log.mark();
  }
  mark["nodes"].rows = 2;
  EXPECT_THAT(user_error([&] { resume(mark); }), HasSubstr("'/nodes' of '" + path().string() + "' has 1 rows"));
}

TEST_F(LogMarkTest, IsTheSameHoweverOftenTheRunWasResumed) {
  RunLog whole(path("whole.h5"), sample_description());
  write_sample(whole, 4);

  LogMark mark;
  { RunLog log(path(), sample_description()); }
  for (int times = 0; times < 3; ++times) {  // from the first step, each time a step further before it is killed
    auto log = resume({});
    log->on_decision(sample_decision(0, 3));
    for (std::int64_t step = 0; step <= times; ++step) log->on_step(sample_step(step));
    if (times == 1) mark = log->mark();
  }
  auto log = resume(mark);
  EXPECT_EQ(log->mark(), mark) << "rows that are to come again do not count";
  for (std::int64_t step = 2; step < 4; ++step) {
    auto record = sample_step(step);
    if (step == 2) record.wall_seconds = 99;  // of a row that comes again: the first one stays
    log->on_step(record);
  }
  log->on_layers(sample_layers(0, 4));
  log->on_epoch(sample_epoch(0, 0.9));
  EXPECT_EQ(log->mark(), whole.mark());
}

}  // namespace
}  // namespace acrtc::record
