#include "acrtc/store/group.hpp"

#include <gmock/gmock.h>

#include "acrtc/store/file.hpp"
#include "unit/store/scratch.hpp"

namespace acrtc::store {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class GroupTest : public ScratchTest {};

TEST_F(GroupTest, ListsInOrderOfCreation) {
  File file = File::create(path());
  Group root = file.root();
  Group steps = root.create_group("steps");
  root.create_group("nodes");
  root.create_text("b", {});
  root.create_column("a", ElementType::f64);
  steps.create_group("inner");
  EXPECT_THAT(root.groups(), ElementsAre("steps", "nodes"));
  EXPECT_THAT(root.datasets(), ElementsAre("b", "a"));
  EXPECT_THAT(root.group("steps").groups(), ElementsAre("inner"));
  EXPECT_EQ(root.group("steps").group("inner").name(), "/steps/inner");
}

TEST_F(GroupTest, OpensPaths) {
  File file = File::create(path());
  file.root().create_group("steps").create("loss", view(std::vector<double>{1, 2}), {2});
  EXPECT_TRUE(file.root().contains("steps/loss"));
  EXPECT_FALSE(file.root().contains("nodes/loss"));
  EXPECT_FALSE(file.root().contains("steps/accuracy"));
  EXPECT_THAT(file.root().dataset("steps/loss").read<double>(), ElementsAre(1, 2));
}

TEST_F(GroupTest, NamesWhatIsMissing) {
  File file = File::create(path());
  Group steps = file.root().create_group("steps");
  steps.create_column("loss", ElementType::f64);
  EXPECT_EQ(user_error([&] { steps.dataset("lss"); }),
            "there is no dataset 'lss' in '/steps' of '" + path().string() + "'; did you mean 'loss'?");
  EXPECT_THAT(user_error([&] { file.root().group("nodes"); }), HasSubstr("there is no group 'nodes' in '/'"));
}

TEST_F(GroupTest, RefusesASecondObjectOfTheSameName) {
  File file = File::create(path());
  file.root().create_group("steps");
  EXPECT_THAT(user_error([&] { file.root().create_group("steps"); }),
              AllOf(HasSubstr("cannot create 'steps' in '/'"), HasSubstr("exists")));
}

TEST_F(GroupTest, KeepsWeightsOfAnyShape) {
  std::vector<float> weights(300 * 700);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<float>(i) * 0.5F;
  {
    File file = File::create(path());
    file.root().create("plain", view(weights), {300, 700});
    file.root().create("packed", view(weights), {300, 700}, Layout::packed);
    file.root().create("empty", view(std::vector<float>{}), {0, 700}, Layout::packed);
  }
  const File file = File::open(path());
  EXPECT_EQ(file.root().dataset("plain").read<float>(), weights);
  EXPECT_EQ(file.root().dataset("packed").read<float>(), weights);
  EXPECT_THAT(file.root().dataset("empty").shape(), ElementsAre(0, 700));
}

}  // namespace
}  // namespace acrtc::store
