#include "acrtc/record/weights_file.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

#include "acrtc/store/file.hpp"
#include "sample_run.hpp"

namespace acrtc::record {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class WeightsFileTest : public ScratchTest {};

void build(network::ParameterStore& store, std::uint64_t seed, std::int64_t outputs = 3) {
  const network::Initializer uniform{network::Initializer::Kind::uniform, 1};
  store.add({.name = "ip1.weight", .layer = "ip1", .shape = {outputs, 5}, .initializer = uniform});
  store.add({.name = "ip1.bias", .layer = "ip1", .shape = {outputs}, .initializer = uniform});
  store.finish(seed);
}

TEST_F(WeightsFileTest, WeightsComeBackByBits) {
  network::ParameterStore saved, loaded;
  build(saved, 1);
  build(loaded, 2);
  const auto version = loaded.version();
  save_weights(path(), saved, "[network]\nname = \"mlp\"\n");
  load_weights(path(), loaded);
  EXPECT_TRUE(std::ranges::equal(saved.values(), loaded.values()));
  EXPECT_NE(loaded.version(), version);
  EXPECT_EQ(weights_configuration(path()), "[network]\nname = \"mlp\"\n");
}

TEST_F(WeightsFileTest, OtherShapesAndNamesAreRefused) {
  network::ParameterStore saved, wider, renamed;
  build(saved, 1);
  build(wider, 1, 4);
  renamed.add({.name = "ip2.weight", .layer = "ip2", .shape = {3, 5}, .initializer = {}});
  renamed.finish(1);
  save_weights(path(), saved, "");
  const std::vector<float> before(wider.values().begin(), wider.values().end());
  EXPECT_THAT(user_error([&] { load_weights(path(), wider); }), AllOf(HasSubstr("[3, 5]"), HasSubstr("[4, 5]")));
  EXPECT_TRUE(std::ranges::equal(before, wider.values()));
  EXPECT_THAT(user_error([&] { load_weights(path(), renamed); }), HasSubstr("ip1.weight"));
}

TEST_F(WeightsFileTest, DamageIsNoticed) {
  network::ParameterStore parameters;
  build(parameters, 1);
  store::File file = store::File::create(path());
  file.root().set_attribute("format", std::string("acrtc-weights"));
  file.root().set_attribute("checksum", std::string("0123456789abcdef"));
  store::Group weights = file.root().create_group("weights");
  weights.create("ip1.weight", std::span<const float>(parameters.values(0)), {3, 5});
  weights.create("ip1.bias", std::span<const float>(parameters.values(1)), {3});
  file.close();
  EXPECT_THAT(user_error([&] { load_weights(path(), parameters); }), HasSubstr("damaged"));
}

}  // namespace
}  // namespace acrtc::record
