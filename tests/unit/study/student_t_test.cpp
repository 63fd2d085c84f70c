#include "acrtc/study/student_t.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace acrtc::study {
namespace {

// NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, column 0.975.
TEST(StudentT, QuantilesAreThoseOfTheTable) {
  EXPECT_NEAR(student_t_quantile(0.975, 1), 12.706, 5e-4);
  EXPECT_NEAR(student_t_quantile(0.975, 2), 4.303, 5e-4);
  EXPECT_NEAR(student_t_quantile(0.975, 4), 2.776, 5e-4);
  EXPECT_NEAR(student_t_quantile(0.975, 30), 2.042, 5e-4);
  EXPECT_NEAR(student_t_quantile(0.95, 10), 1.812, 5e-4);
}

TEST(StudentT, ClosedFormsAndSymmetry) {
  EXPECT_NEAR(student_t_quantile(0.9, 1), std::tan(std::numbers::pi * 0.4), 1e-9);
  EXPECT_NEAR(student_t_quantile(0.25, 2), -student_t_quantile(0.75, 2), 1e-12);
  EXPECT_NEAR(student_t_quantile(0.5, 7), 0, 1e-9);
  EXPECT_NEAR(student_t_probability(student_t_quantile(0.8, 5), 5), 0.8, 1e-10);
  EXPECT_NEAR(student_t_quantile(0.975, 1e6), 1.959966, 1e-5);
}

}  // namespace
}  // namespace acrtc::study
