#include "acrtc/base/error.hpp"

#include <gtest/gtest.h>

namespace acrtc {
namespace {

TEST(UserError, PutsProblemReasonAndSuggestionTogether) {
  EXPECT_STREQ(UserError("cannot read 'x'", "magic 0x801", "swap them?").what(),
               "cannot read 'x' (magic 0x801); swap them?");
  EXPECT_STREQ(UserError("cannot read 'x'", "magic 0x801").what(), "cannot read 'x' (magic 0x801)");
  EXPECT_STREQ(UserError("cannot read 'x'", "", "swap them?").what(), "cannot read 'x'; swap them?");
  EXPECT_STREQ(UserError("cannot read 'x'").what(), "cannot read 'x'");
}

TEST(Require, ThrowsOnlyWhereThePromiseIsBroken) {
  EXPECT_NO_THROW(require(true, "fine"));
  try {
    require(false, "rows differ");
    FAIL() << "no error";
  } catch (const InternalError& error) {
    EXPECT_STREQ(error.what(), "rows differ");
  }
}

}  // namespace
}  // namespace acrtc
