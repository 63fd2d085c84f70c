#include <sstream>

#include "acrtc/record/run_reader.hpp"
#include "acrtc/study/log_diff.hpp"
#include "acrtc/study/summary.hpp"
#include "fuzz/hdf5_edits.hpp"
#include "unit/record/sample_run.hpp"

using namespace acrtc;

namespace {

void write_log(const std::filesystem::path& path) {
  record::RunLog log(path, record::sample_description(), {.existing = store::Existing::replace});
  record::write_sample(log, 3);
  log.end(record::RunState::finished);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::EditedFile log(write_log);
  static const record::RunReader original(log.valid());
  static const auto path = fuzz::in_memory("edited"), repaired = fuzz::in_memory("repaired");
  log.write({data, size}, path);
  fuzz::try_reading([&] {
    const record::RunReader run(path);
    fuzz::try_reading([&] {
      std::ostringstream out;
      study::print(out, study::summarize(run));
    });
    fuzz::try_reading([&] { study::first_difference(run, original); });
    if (size > 0 && data[0] % 64 >= 62) fuzz::try_reading([&] { record::repair(path, repaired); });  // slow
  });
  std::filesystem::remove(path);
  std::filesystem::remove(repaired);
  return 0;
}
