#pragma once

#include <cstdint>
#include <functional>

namespace acrtc {

/// Runs body(0) .. body(tasks - 1) on up to `threads` threads and waits for all. Tasks may run in any order and on
/// any thread, so a result must not depend on either. The first exception of a task is rethrown here.
void parallel_for(int threads, std::int64_t tasks, const std::function<void(std::int64_t)>& body);

/// 0 .. threads - 1 inside parallel_for, for per-thread scratch memory; 0 outside.
int thread_index();

/// Cuts [0, size) into pieces of `grain` (the last may be smaller) and runs body(begin, end) on each.
void parallel_ranges(int threads, std::int64_t size, std::int64_t grain,
                     const std::function<void(std::int64_t, std::int64_t)>& body);

}  // namespace acrtc
