#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "acrtc/reuse/format.hpp"

namespace acrtc::test {

/// The expected numbers, rounded to the format; zeros of either sign are the same.
inline void expect_rounded(const std::vector<float>& actual, std::vector<float> expected, reuse::Format format) {
  reuse::round_to(format, expected);
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i)
    ASSERT_TRUE(actual[i] == expected[i] || (std::isnan(actual[i]) && std::isnan(expected[i])))
        << actual[i] << " is not " << expected[i] << " at " << i;
}

}  // namespace acrtc::test
