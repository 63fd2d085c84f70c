#include "acrtc/base/value.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace acrtc {
namespace {

using testing::ElementsAre;

std::vector<std::string> keys(const Table& table) {
  std::vector<std::string> names;
  for (const auto& [key, value] : table) names.push_back(key);
  return names;
}

Value integer(std::int64_t x) { return Value{Value::Data{x}}; }

TEST(Table, KeepsTheOrderOfWriting) {
  Table table;
  table.set("z", integer(1));
  table.set("a", integer(2));
  table.set("z", integer(3));
  EXPECT_THAT(keys(table), ElementsAre("z", "a"));
  EXPECT_EQ(std::get<std::int64_t>(table.find("z")->data()), 3);
}

TEST(Table, FindsAndErases) {
  Table table;
  EXPECT_TRUE(table.empty());
  table.set("a", integer(1));
  EXPECT_EQ(table.find("b"), nullptr);
  EXPECT_FALSE(table.erase("b"));
  EXPECT_TRUE(table.erase("a"));
  EXPECT_TRUE(table.empty());
}

TEST(Table, MakesMissingTables) {
  Table table;
  table["train"].table()->set("epochs", integer(3));
  ASSERT_NE(table.find("train"), nullptr);
  EXPECT_THAT(keys(*table.find("train")->table()), ElementsAre("epochs"));
}

TEST(Value, KnowsItsKind) {
  EXPECT_EQ(Value{}.kind(), "a table");
  EXPECT_EQ(Value{Value::Data{Array{}}}.kind(), "a list");
  EXPECT_EQ(Value{Value::Data{true}}.kind(), "true or false");
  EXPECT_EQ(integer(1).kind(), "an integer");
  EXPECT_EQ(Value{Value::Data{1.0}}.kind(), "a number");
  EXPECT_EQ(Value{Value::Data{std::string("x")}}.kind(), "a text");
  EXPECT_EQ(integer(1).table(), nullptr);
  EXPECT_EQ(integer(1).array(), nullptr);
}

TEST(Origin, NamesFileAndLine) {
  EXPECT_EQ(to_string(Origin{"lenet.toml", 12}), "lenet.toml:12");
  EXPECT_EQ(to_string(Origin{"--set train.epochs", 0}), "--set train.epochs");
}

}  // namespace
}  // namespace acrtc
