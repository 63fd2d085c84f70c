#include "acrtc/record/gemm_file.hpp"

#include <gmock/gmock.h>

#include "sample_run.hpp"

namespace acrtc::record {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class GemmFileTest : public ScratchTest {};

GemmProblem sample_problem(const std::string& name) {
  GemmProblem problem;
  problem.name = name;
  problem.a = {2, 3, {1, 2, 3, 4, 5, 6}};
  problem.b = {3, 1, {7, 8, 9}};
  problem.format = reuse::Format::tf32;
  problem.granularity = "dot";
  problem.strength = {5};
  return problem;
}

TEST_F(GemmFileTest, ProblemsComeBackFromAnyDepth) {
  store::File file = store::File::create(path());
  write_gemm(file, sample_problem("step000100/conv2/forward/node0"));
  write_gemm(file, sample_problem("step000100/conv2/forward/node1"));
  EXPECT_THAT(gemm_names(file), ElementsAre("step000100/conv2/forward/node0", "step000100/conv2/forward/node1"));
  const GemmProblem problem = read_gemm(file, "step000100/conv2/forward/node1");
  EXPECT_EQ(problem.a.cols, 3);
  EXPECT_THAT(problem.b.values, ElementsAre(7, 8, 9));
  EXPECT_EQ(problem.format, reuse::Format::tf32);
  EXPECT_EQ(problem.granularity, "dot");
  EXPECT_EQ(problem.strength.level, 5);
}

TEST_F(GemmFileTest, OutcomeCarriesTheCounts) {
  store::File file = store::File::create(path());
  GemmOutcome outcome{{2, 3, {1, 2, 3, 1, 2, 3}}, {2, 1, {50, 50}}, {}};
  outcome.count.mults_dense = 6;
  outcome.count.mults = 3;
  write_gemm(file, sample_problem("case"), outcome);
  const store::Group group = file.root().group("case");
  EXPECT_EQ(group.attribute_as<std::int64_t>("mults"), 3);
  EXPECT_EQ(group.attribute_as<std::int64_t>("adds_dense"), 6);
  EXPECT_THAT(group.dataset("C").read<float>(), ElementsAre(50, 50));
}

TEST_F(GemmFileTest, OperandsThatDoNotFitAreRefusedWithBothShapes) {
  store::File file = store::File::create(path());
  EXPECT_THAT(user_error([&] { gemm_names(file); }), HasSubstr("holds no GEMM"));
  GemmProblem problem = sample_problem("case");
  problem.b = {2, 1, {7, 8}};
  write_gemm(file, problem);
  EXPECT_THAT(user_error([&] { read_gemm(file, "case"); }), HasSubstr("A is 2x3, B is 2x1"));
}

TEST_F(GemmFileTest, AttributesAreRequiredAndFitTheFormat) {
  store::File file = store::File::create(path());
  GemmProblem problem = sample_problem("strong");
  problem.strength = {11};
  write_gemm(file, problem);
  EXPECT_THAT(user_error([&] { read_gemm(file, "strong"); }),
              AllOf(HasSubstr("strong"), HasSubstr("its strength is 11, the largest level in tf32 is 10")));
  store::Group bare = file.root().create_group("bare");
  bare.create("A", std::span<const float>(problem.a.values), {2, 3});
  bare.create("B", std::span<const float>(problem.b.values), {3, 1});
  for (const char* missing : {"format", "window", "lanes", "supply", "granularity", "strength"}) {
    EXPECT_THAT(user_error([&] { read_gemm(file, "bare"); }),
                HasSubstr("it has no attribute '" + std::string(missing)));
    if (missing == std::string("format") || missing == std::string("granularity"))
      bare.set_attribute(missing, std::string(missing == std::string("format") ? "tf32" : "dot"));
    else
      bare.set_attribute(missing, std::int64_t{4});
  }
  EXPECT_EQ(read_gemm(file, "bare").window, 4);
}

}  // namespace
}  // namespace acrtc::record
