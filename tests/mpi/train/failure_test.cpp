// Runs that are refused, or end with an error on all ranks alike.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "acrtc/dataset/order.hpp"
#include "acrtc/train/trainer.hpp"
#include "support/train/short_run.hpp"

namespace acrtc::train {
namespace {

using test::batch;
using test::is_last;
using test::make_short;
using test::nodes;
using test::SmallRun;
using test::world;
using testing::AllOf;
using testing::HasSubstr;

/// What all ranks throw, or nothing.
std::string shared_error(SmallRun& run) {
  try {
    run.train();
  } catch (const UserError& error) {
    if (world().size() > 1 && !dynamic_cast<const comm::SharedError*>(&error)) return "not shared";
    return error.what();
  }
  return {};
}

TEST(Trainer, RefusesRanksThatDoNotDivideTheNodes) {
  if (world().size() == 1) return;
  SmallRun run;
  run.wanted.nodes = 2 * world().size() + 1;
  EXPECT_THAT(shared_error(run), HasSubstr("nodes among " + std::to_string(world().size()) + " ranks"));
}

TEST(Trainer, NoticesWeightsThatDiffer) {
  if (world().size() == 1) return;
  SmallRun run;
  make_short(run);
  if (is_last()) run.network.parameters().values()[0] += 1;
  EXPECT_THAT(shared_error(run), AllOf(HasSubstr("weights of ranks " + std::to_string(world().size() - 1) + " differ"),
                                       HasSubstr("before step 0")));
}

/// Moves every rank's weights elsewhere.
class Wandering : public Optimizer {
 public:
  void step(network::ParameterStore& parameters, const Update&) override {
    parameters.values()[0] += static_cast<float>(world().rank());
  }
  bool is_elementwise() const override { return false; }
  double bytes_per_parameter() const override { return 0; }
  std::vector<std::span<float>> state() override { return {}; }
};

TEST(Trainer, NoticesWeightsThatBecomeDifferent) {
  if (world().size() == 1) return;
  SmallRun run;
  make_short(run);
  run.optimizer = std::make_unique<Wandering>();
  EXPECT_THAT(shared_error(run), AllOf(HasSubstr("weights of ranks 1"), HasSubstr("after step 0")));
}

/// A dataset with one sample that is not as it was.
class Altered : public dataset::Dataset {
 public:
  Altered(std::unique_ptr<dataset::Dataset> whole, std::int64_t altered)
      : altered_(altered), whole_(std::move(whole)) {}

  std::int64_t size(dataset::Split split) const override { return whole_->size(split); }
  SampleShape shape() const override { return whole_->shape(); }
  std::int64_t classes() const override { return whole_->classes(); }
  std::int32_t read(const dataset::SampleRequest& request, std::span<float> out) const override {
    const auto label = whole_->read(request, out);
    if (request.index == altered_) alter(out);
    return label;
  }

 protected:
  virtual void alter(std::span<float> out) const = 0;

  std::int64_t altered_;

 private:
  std::unique_ptr<dataset::Dataset> whole_;
};

class Dazzling : public Altered {
 public:
  using Altered::Altered;

 private:
  void alter(std::span<float> out) const override { std::ranges::fill(out, 1e38F); }
};

/// Only the last node's gradient of the first layer overflows, though no output does: first weights are tiny, others
/// large. No other rank has anything of the sum.
TEST(Trainer, NamesTheLayerWhoseGradientOverflowsOnOneRank) {
  SmallRun run;
  make_short(run);
  run.wanted.bucket = {16384};  // a chunk, of which the last rank has the sum
  const dataset::EpochOrder order(run.dataset->size(dataset::Split::train), nodes * batch, run.wanted.seed, 0);
  run.dataset = std::make_unique<Dazzling>(std::move(run.dataset), order.share(0, nodes - 1, nodes)[3]);
  auto& parameters = run.network.parameters();
  for (const auto& parameter : parameters.list())
    for (float& weight : parameters.values().subspan(parameter.offset, parameter.size))
      weight *= parameter.name == "ip1.weight" ? 1e-20F : parameter.shape.size() > 1 ? 1e5F : 1.0F;
  EXPECT_THAT(shared_error(run), HasSubstr("not all gradients of layer 'ip1' are finite"));
}

class Scratched : public Altered {
 public:
  using Altered::Altered;

 private:
  void alter(std::span<float>) const override {
    throw UserError("sample " + std::to_string(altered_) + " is scratched");
  }
};

TEST(Trainer, EndsOnAllRanksWhereOneCannotReadItsData) {
  SmallRun run;
  make_short(run);
  const dataset::EpochOrder order(run.dataset->size(dataset::Split::train), nodes * batch, run.wanted.seed, 0);
  run.dataset = std::make_unique<Scratched>(std::move(run.dataset), order.share(1, nodes - 1, nodes)[3]);
  EXPECT_THAT(shared_error(run), HasSubstr("is scratched"));
}

}  // namespace
}  // namespace acrtc::train
