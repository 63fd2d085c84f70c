#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "acrtc/train/trainer.hpp"
#include "support/base/user_error.hpp"
#include "support/train/small_run.hpp"

/// What tests of whole small runs, and of how they fail, have in common.
namespace acrtc::train {

using acrtc::test::user_error;
using test::SmallRun;
using testing::AllOf;
using testing::HasSubstr;

}  // namespace acrtc::train
