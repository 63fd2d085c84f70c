#include "acrtc/dense/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace acrtc::dense {
namespace {

TEST(Engine, SaysWhatItRunsOn) {
  EXPECT_EQ(Engine(3).threads(), 3);
  EXPECT_THAT(Engine::library_version(), testing::StartsWith("oneDNN v2."));
  EXPECT_FALSE(Engine::isa().empty());
}

TEST(Engine, NativeBf16NeedsAvx512) {
  if (Engine::has_bf16()) {
    EXPECT_THAT(Engine::isa(), testing::StartsWith("AVX-512"));
  }
}

}  // namespace
}  // namespace acrtc::dense
