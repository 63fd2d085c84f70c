#include "acrtc/base/parallel.hpp"

#include <omp.h>

#include <algorithm>
#include <exception>

namespace acrtc {

void parallel_for(int threads, std::int64_t tasks, const std::function<void(std::int64_t)>& body) {
  const int team = static_cast<int>(std::min<std::int64_t>(threads, tasks));
  if (team <= 1) {
    for (std::int64_t task = 0; task < tasks; ++task) body(task);
    return;
  }
  std::exception_ptr failure;
#pragma omp parallel for num_threads(team) schedule(dynamic, 1)
  for (std::int64_t task = 0; task < tasks; ++task) {
    try {
      body(task);
    } catch (...) {
#pragma omp critical(acrtc_parallel_failure)
      if (!failure) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

int thread_index() { return omp_get_thread_num(); }

void parallel_ranges(int threads, std::int64_t size, std::int64_t grain,
                     const std::function<void(std::int64_t, std::int64_t)>& body) {
  parallel_for(threads, (size + grain - 1) / grain, [&](std::int64_t piece) {
    body(piece * grain, std::min(size, (piece + 1) * grain));
  });
}

}  // namespace acrtc
