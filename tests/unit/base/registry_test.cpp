#include "acrtc/base/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/base/user_error.hpp"

namespace acrtc {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

struct Animal {
  static constexpr const char* kind = "animal";
  using Factory = std::function<std::string()>;
};

const Setting<std::int64_t> legs{"legs", 4, "how many it walks on"};
const Registration<Animal> cat{"cat", "purrs", describe(legs), [] { return std::string("meow"); }};
const Registration<Animal> ant{"ant", "carries", {}, [] { return std::string("-"); }};

TEST(Registry, FindsWhatRegisteredItself) {
  const auto& entry = Registry<Animal>::instance().find("cat");
  EXPECT_EQ(entry.make(), "meow");
  EXPECT_EQ(entry.summary, "purrs");
  ASSERT_EQ(entry.schema.size(), 1U);
  EXPECT_EQ(entry.schema[0].name, "legs");
  EXPECT_THAT(Registry<Animal>::instance().names(), ElementsAre("ant", "cat"));
}

TEST(Registry, NamesTheNeighbourOfAnUnknownName) {
  EXPECT_THAT(test::user_error([] { Registry<Animal>::instance().find("cta"); }),
              AllOf(HasSubstr("no animal is called 'cta'"), HasSubstr("known: ant, cat"), HasSubstr("did you mean '")));
}

TEST(Registry, RefusesASecondPlugInOfOneName) {
  EXPECT_THROW((Registration<Animal>{"cat", "again", {}, {}}), InternalError);
  EXPECT_EQ(Registry<Animal>::instance().find("cat").summary, "purrs");
}

}  // namespace
}  // namespace acrtc
