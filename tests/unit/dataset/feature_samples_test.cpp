#include "acrtc/dataset/feature_samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "acrtc/base/error.hpp"
#include "unit/dataset/made_up.hpp"
#include "unit/dataset/temporary_files.hpp"

namespace acrtc::dataset {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(FeatureSamples, ReadTheSampleOfTheirSplit) {
  const FeatureSamples samples({{1, 1, 2}, 3, {{1, 2, 3, 4}, {2, 1}}, {{5, 6}, {0}}});
  std::vector<float> out(2);
  EXPECT_EQ(samples.read({Split::train, 1, 0}, out), 1);
  EXPECT_THAT(out, ElementsAre(3, 4));
  EXPECT_EQ(samples.read({Split::test, 0, 0}, out), 0);
  EXPECT_EQ(samples.input_bytes(), 8);
}

TEST(FeatureSamples, AreStandardisedByTheTrainingSplitAlone) {
  FeatureSamples::Content content{{2, 1, 2}, 1, {{1, 5, 3, 5, 1, 5, 3, 5}, {0, 0}}, {{4, 7, 0, 5}, {0}}};
  standardise(content, 2);
  EXPECT_THAT(content.train.values, ElementsAre(-1, 0, 1, 0, -1, 0, 1, 0)) << "a feature that never changes";
  EXPECT_THAT(content.test.values, ElementsAre(2, 2, -2, 0));
}

class Sports : public ::testing::Test {
 protected:
  void SetUp() override { write_made_up("sports", {.out = directory_.path(), .train_samples = 114}); }
  std::unique_ptr<Dataset> open(std::vector<std::int64_t> test_subjects) {
    Array people;
    for (const std::int64_t p : test_subjects) people.emplace_back(Value::Data(p));
    return make("sports", table_of({{"directory", directory_.path().string()}, {"test_subjects", people}}));
  }
  TemporaryDirectory directory_;
};

TEST_F(Sports, SplitsByPerson) {
  const auto sports = open({2, 5, 8});
  EXPECT_EQ(sports->shape(), (SampleShape{125, 1, 45}));
  EXPECT_EQ(sports->size(Split::train), 19 * 5);
  EXPECT_EQ(sports->size(Split::test), 19 * 3);
  std::vector<float> a(125 * 45), b(a);
  open({1})->read({Split::test, 0, 0}, a);
  open({2})->read({Split::test, 0, 0}, b);
  EXPECT_NE(a, b);
}

TEST_F(Sports, SaysWhatIsMissingOrBroken) {
  EXPECT_THAT(user_error([&] { open({1, 2, 3, 4, 5, 6, 7, 8}); }), HasSubstr("leaves nobody"));
  EXPECT_THAT(user_error([&] { open({9}); }), HasSubstr("test_subjects"));
  write_plain(directory_ / "a03/p2/s01.txt", {'1', '\n'});
  EXPECT_THAT(user_error([&] { open({8}); }), HasSubstr("a03/p2/s01.txt"));
  Bytes lines = read_bytes(directory_ / "a03/p1/s01.txt");
  lines.insert(lines.end(), lines.begin(), lines.end());
  write_plain(directory_ / "a03/p2/s01.txt", lines);
  EXPECT_THAT(user_error([&] { open({8}); }),
              HasSubstr("a03/p2/s01.txt' as lines of 45 numbers (line 126: more lines"));
  EXPECT_THAT(user_error([&] { open({8, 2, 8}); }), HasSubstr("names somebody twice"));
  std::filesystem::remove_all(directory_ / "a03/p2");
  EXPECT_THAT(user_error([&] { open({8}); }), HasSubstr("a03/p2' lacks a person's recordings"));
}

TEST(Isolet, RefusesALabelBeyondTheAlphabet) {
  const TemporaryDirectory directory;
  write_made_up("isolet", {.out = directory.path(), .train_samples = 26, .test_samples = 2});
  const auto open = [&] { return make("isolet", table_of({{"directory", directory.path().string()}})); };
  std::vector<float> out(617);
  EXPECT_EQ(open()->read({Split::train, 25, 0}, out), 25);
  Bytes bytes = read_bytes(directory / "isolet5.data");
  bytes[bytes.size() - 3] = '0';  // `2.` becomes `0.`
  write_plain(directory / "isolet5.data", bytes);
  EXPECT_THAT(user_error(open), HasSubstr("isolet5.data' (line 2: label 0.0"));
  const std::string number = "5000.0";
  std::ranges::copy(number, bytes.begin());  // over the first feature, which has as many characters or one more
  write_plain(directory / "isolet5.data", bytes);
  EXPECT_THAT(user_error(open), HasSubstr("isolet5.data' (line 1: feature 1 is 5000.0"));
}

TEST(Digits, ScaleSixteenGreysAndHoldBackTheLastRows) {
  const TemporaryDirectory directory;
  std::string text;
  for (int n = 0; n < 12; ++n) {
    for (int i = 0; i < 64; ++i) text += std::to_string(i % 17) + ",";
    text += std::to_string(n % 10) + "\n";
  }
  write_text(directory / "digits.csv", text);
  const auto digits = make("digits", table_of({{"file", (directory / "digits.csv").string()},
                                               {"test_rows", std::int64_t{2}},
                                               {"mean", 0.5},
                                               {"std", 0.5}}));
  EXPECT_EQ(digits->size(Split::train), 10);
  std::vector<float> out(64);
  EXPECT_EQ(digits->read({Split::test, 1, 0}, out), 1);
  EXPECT_EQ(out[0], -1);
  EXPECT_EQ(out[16], 1);
}

}  // namespace
}  // namespace acrtc::dataset
