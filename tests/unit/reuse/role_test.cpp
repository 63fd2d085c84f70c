#include "acrtc/reuse/role.hpp"

#include <gtest/gtest.h>

#include "acrtc/base/error.hpp"

namespace acrtc::reuse {
namespace {

TEST(Role, HasTheNameOfConfigurationsAndLogs) {
  EXPECT_STREQ(name(Role::forward), "forward");
  EXPECT_STREQ(name(Role::grad_input), "grad_input");
  EXPECT_STREQ(name(Role::grad_weight), "grad_weight");
}

TEST(Role, NamesReadBack) {
  for (const Role role : roles) EXPECT_EQ(parse_role(name(role)), role);
  EXPECT_THROW(parse_role("backward"), UserError);
}

}  // namespace
}  // namespace acrtc::reuse
