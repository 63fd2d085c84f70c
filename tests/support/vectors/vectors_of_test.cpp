// Linked into test programs whose rooms are compiled for several instruction sets: ACRTC_TEST_VECTORS=sse4, avx2 or
// avx3 has them run what a CPU with no more than that would run. Exit status 77 where this CPU has not even that.

#include <hwy/targets.h>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

namespace {

struct VectorsOfTest {
  VectorsOfTest() {
    const char* name = std::getenv("ACRTC_TEST_VECTORS");
    if (!name) return;
    const std::map<std::string, std::int64_t> targets{{"sse4", HWY_SSE4}, {"avx2", HWY_AVX2}, {"avx3", HWY_AVX3}};
    const std::int64_t usable = targets.at(name) & hwy::SupportedTargets();
    if (usable == 0) std::exit(77);
    hwy::SetSupportedTargetsForTest(usable);
  }
};

const VectorsOfTest vectors_of_test;

}  // namespace
