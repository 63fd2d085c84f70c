#include "acrtc/record/log_layout.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace acrtc::record {
namespace {

class Columns {
 public:
  template <class Record>
  void add(const std::vector<Column<Record>>& columns) {
    for (const Column<Record>& column : columns) {
      EXPECT_TRUE(names_.insert(column.name).second) << column.name << " twice in one group";
      EXPECT_TRUE(std::regex_match(column.name, std::regex("[a-z][a-z0-9_]*"))) << column.name;
      EXPECT_FALSE(column.units.empty()) << column.name;
      EXPECT_FALSE(column.long_name.empty()) << column.name;
      EXPECT_TRUE(is_row_column(column.name)) << column.name;
    }
  }
  bool contains(const std::string& name) const { return names_.contains(name); }

 private:
  std::set<std::string> names_;
};

TEST(LogLayout, ColumnsOfEachGroupAreNamedAndDescribed) {
  Columns steps, nodes, layers, epochs, controller;
  steps.add(step_columns());
  nodes.add(node_step_columns());
  nodes.add(node_columns());
  layers.add(interval_columns());
  layers.add(gemm_columns());
  epochs.add(epoch_columns());
  controller.add(decision_columns());
  for (const reuse::CountField& field : reuse::count_fields) {
    EXPECT_TRUE(nodes.contains(field.name)) << field.name;
    EXPECT_TRUE(layers.contains(field.name)) << field.name;
  }
  for (const EnergyPart& part : energy_parts()) {
    EXPECT_TRUE(layers.contains("energy_" + std::string(part.name))) << part.name;
    EXPECT_TRUE(layers.contains("energy_" + std::string(part.name) + "_dense")) << part.name;
  }
}

TEST(LogLayout, EnergyPartsAreAllOfThem) {
  hardware::EnergyParts energy;
  double power = 1, sum = 0;
  for (const EnergyPart& part : energy_parts()) {
    energy.*part.member = {power};
    sum += power;
    power *= 2;
  }
  EXPECT_EQ(energy.total().value, sum);
}

}  // namespace
}  // namespace acrtc::record
