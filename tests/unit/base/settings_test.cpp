#include "acrtc/base/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "acrtc/base/error.hpp"
#include "support/base/user_error.hpp"

namespace acrtc {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const Setting<std::int64_t> window{"window", 16, "cached operands", 1, 64};
const Setting<double> rate{"rate", 0.1, "learning rate", 0, 1, "1"};
const Setting<std::string> format{
    .name = "format", .fallback = "fp16", .help = "number format", .choices = {"fp16", "bf16"}};
const Setting<bool> shuffle{"shuffle", true, "order anew each epoch"};
const Setting<std::vector<double>> fractions{"fractions", {0.5}, "parts", 0, 1};
const Setting<std::vector<std::string>> roles{
    .name = "roles", .help = "where to reuse", .choices = {"forward", "backward"}};
const Schema schema = describe(window, rate, format, shuffle, fractions, roles);

Table table_of(const std::string& key, Value::Data data) {
  Table table;
  table.set(key, Value{std::move(data), {"f.toml", 3}});
  return table;
}

Value real(double x) { return Value{Value::Data{x}}; }

std::string error_of(const std::string& key, const Value::Data& data) {
  return test::user_error([&] { Settings("reuse", table_of(key, data), schema); });
}

TEST(Settings, FallsBackWhereNothingIsWritten) {
  const Settings settings("reuse", {}, schema);
  EXPECT_EQ(settings[window], 16);
  EXPECT_EQ(settings[rate], 0.1);
  EXPECT_EQ(settings[format], "fp16");
  EXPECT_TRUE(settings[shuffle]);
  EXPECT_FALSE(settings.given("window"));
}

TEST(Settings, TakesWhatIsWritten) {
  const Settings settings("reuse", table_of("window", std::int64_t{32}), schema);
  EXPECT_EQ(settings[window], 32);
  EXPECT_TRUE(settings.given("window"));
  EXPECT_EQ(settings.origin("window").line, 3);
  EXPECT_EQ(settings[rate], 0.1);
}

TEST(Settings, TakesIntegersForReals) {
  EXPECT_EQ(Settings("", table_of("rate", std::int64_t{1}), schema)[rate], 1.0);
  const Array mixed{Value{Value::Data{std::int64_t{1}}}, real(0.25)};
  EXPECT_THAT(Settings("", table_of("fractions", mixed), schema)[fractions], ElementsAre(1.0, 0.25));
}

TEST(Settings, NamesUnknownKeysAndTheirNeighbour) {
  EXPECT_THAT(error_of("windw", std::int64_t{1}),
              AllOf(HasSubstr("unknown key 'reuse.windw' in f.toml:3"), HasSubstr("did you mean 'window'?")));
}

TEST(Settings, RefusesOtherTypes) {
  EXPECT_EQ(error_of("window", 1.5), "reuse.window in f.toml:3 has the wrong type (expected an integer, got a number)");
  EXPECT_THAT(error_of("window", std::string("1")), HasSubstr("got a text"));
  EXPECT_THAT(error_of("shuffle", std::int64_t{1}), HasSubstr("expected true or false"));
  EXPECT_THAT(error_of("fractions", 0.5), HasSubstr("expected a list of numbers, got a number"));
  EXPECT_THAT(error_of("window", Table{}), HasSubstr("got a table"));
}

TEST(Settings, HoldsNumbersAndEachElementOfListsToTheirRange) {
  EXPECT_EQ(error_of("window", std::int64_t{1}), "");
  EXPECT_EQ(error_of("window", std::int64_t{64}), "");
  EXPECT_EQ(error_of("window", std::int64_t{65}), "reuse.window in f.toml:3 is out of range (65 is not in 1..64)");
  EXPECT_THAT(error_of("window", std::int64_t{0}), HasSubstr("is out of range"));
  EXPECT_THAT(error_of("rate", std::numeric_limits<double>::quiet_NaN()), HasSubstr("is out of range"));
  EXPECT_THAT(error_of("fractions", Array{real(0.5), real(2)}), HasSubstr("is out of range"));
}

TEST(Settings, HoldsTextsToTheirChoices) {
  EXPECT_EQ(error_of("format", std::string("bf16")), "");
  EXPECT_THAT(error_of("format", std::string("fp1")),
              AllOf(HasSubstr("\"fp1\" is not in fp16 | bf16"), HasSubstr("did you mean 'fp16'?")));
  EXPECT_THAT(error_of("roles", Array{Value{Value::Data{std::string("sideways")}}}), HasSubstr("is out of range"));
  const Array roles{Value{Value::Data{std::string("forward")}}, Value{Value::Data{std::string("bakward")}}};
  EXPECT_THAT(error_of("roles", roles), HasSubstr("did you mean 'backward'?"));
}

TEST(Settings, RejectsAValueWithItsPlace) {
  const Settings settings("reuse", table_of("window", std::int64_t{32}), schema);
  EXPECT_EQ(test::user_error([&] { settings.reject("window", "it is not below lanes", "lower it"); }),
            "reuse.window = 32 in f.toml:3 cannot be used (it is not below lanes); lower it");
}

TEST(Settings, CannotReadWhatWasNotDeclared) {
  const Settings settings("reuse", {}, describe(window));
  EXPECT_THROW(settings[rate], InternalError);
}

TEST(Settings, EffectiveTableReadsBackTheSame) {
  const Settings first("reuse", table_of("window", std::int64_t{32}), schema);
  const Settings second("reuse", first.effective(), schema);
  EXPECT_EQ(second[window], 32);
  EXPECT_EQ(second[rate], 0.1);
  EXPECT_THAT(second[fractions], ElementsAre(0.5));
  EXPECT_TRUE(second.given("rate"));
}

TEST(Schema, JoinsInOrder) {
  const Schema both = describe(window) + describe(rate);
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0].name, "window");
  EXPECT_EQ(both[1].name, "rate");
}

TEST(SettingText, PrintsRangesAndValuesAsTomlWould) {
  EXPECT_EQ(range_text(describe(window)[0]), "1..64");
  EXPECT_EQ(range_text(describe(format)[0]), "fp16 | bf16");
  EXPECT_EQ(range_text(describe(shuffle)[0]), "");
  EXPECT_EQ(range_text(describe(Setting<double>{"x", 1, "", 0.5})[0]), "0.5..");
  EXPECT_EQ(to_text(true), "true");
  EXPECT_EQ(to_text(2.0), "2.0");
  EXPECT_EQ(to_text(std::string("a\"b\\c\n")), "\"a\\\"b\\\\c\\n\"");
  EXPECT_EQ(to_text(std::string("a\rb\t\x1f\x7f")), "\"a\\u000Db\\u0009\\u001F\\u007F\"");
  EXPECT_EQ(to_text(std::vector<std::int64_t>{1, 2}), "[1, 2]");
}

}  // namespace
}  // namespace acrtc
