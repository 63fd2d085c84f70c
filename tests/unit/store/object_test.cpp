#include "acrtc/store/object.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "acrtc/store/file.hpp"
#include "unit/store/scratch.hpp"

namespace acrtc::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ObjectTest : public ScratchTest {
 protected:
  Attribute after_reopening(const Attribute& value) {
    {
      File file = File::create(path(), Existing::replace);
      file.root().set_attribute("a", value);
    }
    return File::open(path()).root().attribute("a");
  }
};

TEST_F(ObjectTest, KeepsEachKindOfAttribute) {
  const std::vector<Attribute> values{std::string("größer"),
                                      std::string(""),
                                      std::string(200000, 'x'),  // more than the 64 KiB of an object header
                                      std::numeric_limits<std::int64_t>::min(),
                                      0.1,
                                      std::vector<std::string>{"dense", "", "reuse"},
                                      std::vector<std::string>{"one"},
                                      std::vector<std::string>{}};
  for (const auto& value : values) EXPECT_EQ(after_reopening(value), value);
}

TEST_F(ObjectTest, KeepsAttributesOfGroupsAndDatasetsApart) {
  File file = File::create(path());
  Group group = file.root().create_group("steps");
  Dataset dataset = group.create_column("loss", ElementType::f64);
  group.set_attribute("units", "none");
  dataset.set_attribute("units", "1");
  EXPECT_EQ(group.attribute_as<std::string>("units"), "none");
  EXPECT_EQ(dataset.attribute_as<std::string>("units"), "1");
  EXPECT_FALSE(file.root().has_attribute("units"));
}

TEST_F(ObjectTest, ReplacesAndListsAttributes) {
  File file = File::create(path());
  Group root = file.root();
  root.set_attribute("b", std::int64_t{1});
  root.set_attribute("a", 2.0);
  root.set_attribute("b", "text");
  EXPECT_EQ(root.attribute_as<std::string>("b"), "text");
  EXPECT_THAT(root.attributes(), ElementsAre("a", "b"));
}

TEST_F(ObjectTest, HidesTheAttributesOfDimensionScales) {
  File file = File::create(path());
  Dataset step = file.root().create_column("step", ElementType::u64);
  Dataset loss = file.root().create_column("loss", ElementType::f64);
  step.make_scale("step");
  loss.attach_scale(0, step);
  EXPECT_THAT(step.attributes(), ElementsAre());
  EXPECT_THAT(loss.attributes(), ElementsAre());
}

TEST_F(ObjectTest, SaysWhichAttributeIsMissingOrOfAnotherType) {
  File file = File::create(path());
  Group group = file.root().create_group("steps");
  group.set_attribute("seed", std::int64_t{7});
  EXPECT_EQ(user_error([&] { group.attribute("sed"); }),
            "there is no attribute 'sed' of '/steps' of '" + path().string() + "'");
  EXPECT_THAT(user_error([&] { group.attribute_as<std::string>("seed"); }), HasSubstr("'seed' of '/steps'"));
}

}  // namespace
}  // namespace acrtc::store
