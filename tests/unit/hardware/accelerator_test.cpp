#include "acrtc/hardware/accelerator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hardware_files.hpp"
#include "support/base/user_error.hpp"

namespace acrtc::hardware {
namespace {

using ::testing::AllOf;
using testing::HardwareFile;
using ::testing::HasSubstr;

const FormatEnergy& energy(const Accelerator& accelerator, reuse::Format format) {
  return accelerator.arithmetic[static_cast<std::size_t>(format)];
}

Table v100() { return HardwareFile::named("hardware/v100.toml").table(); }

Value number(double value, const std::string& unit) {
  Table table;
  table.set("value", Value(value));
  table.set("unit", Value(unit));
  return Value(std::move(table));
}

/// What parse_accelerator says of the V100's table after `change`.
template <class F>
std::string complaint(F change) {
  Table table = v100();
  change(table);
  return test::user_error([&] { parse_accelerator(table, "v100"); });
}

TEST(AcceleratorFiles, GiveEachNumberAUnitAndASource) {
  for (const char* folder : {"hardware", "interconnect"})
    for (const HardwareFile& file : HardwareFile::all(folder)) {
      EXPECT_GE(file.numbers().size(), 4U) << file.name();
      for (const auto& number : file.numbers()) {
        EXPECT_TRUE(number.has_unit) << file.name() << ":" << number.line << ": " << number.text;
        EXPECT_TRUE(number.has_source) << file.name() << ":" << number.line << ": " << number.text;
      }
    }
}

TEST(AcceleratorFiles, AreReadInFull) {
  for (const HardwareFile& file : HardwareFile::all("hardware")) {
    const Accelerator accelerator = parse_accelerator(file.table(), file.name());
    EXPECT_EQ(accelerator.name, file.name());
    EXPECT_FALSE(accelerator.description.empty());
  }
}

TEST(AcceleratorFiles, HaveMultipliersThatGrowWithTheMantissa) {
  for (const HardwareFile& file : HardwareFile::all("hardware")) {
    const Accelerator accelerator = parse_accelerator(file.table(), file.name());
    const double bf16 = energy(accelerator, reuse::Format::bf16).multiply.value;
    const double fp16 = energy(accelerator, reuse::Format::fp16).multiply.value;
    const double fp32 = energy(accelerator, reuse::Format::fp32).multiply.value;
    EXPECT_LT(bf16, fp16);
    // Quadratic in 8, 11 and 24 significand bits, each given to three or four digits.
    EXPECT_NEAR((fp32 - fp16) / (fp16 - bf16), (24.0 * 24 - 11 * 11) / (11.0 * 11 - 8 * 8), 0.05);
  }
}

TEST(V100, HasThePeakOfItsDataSheet) {
  const Accelerator accelerator = parse_accelerator(v100(), "v100");
  EXPECT_NEAR(peak_fma_per_second(accelerator), 62.7e12, 0.05e12);
  EXPECT_DOUBLE_EQ(accelerator.dram_bandwidth.value, 900e9);
  EXPECT_DOUBLE_EQ(accelerator.dram_bit.value, 3.9e-12);
  EXPECT_DOUBLE_EQ(accelerator.sram_capacity.value, 6 * 1024 * 1024);
}

TEST(V100, SpendsAboutATenthOfItsBoardPowerOnArithmetic) {
  const Accelerator accelerator = parse_accelerator(v100(), "v100");
  const FormatEnergy& fp16 = energy(accelerator, reuse::Format::fp16);
  const double board_watts = 300;
  const double share = (fp16.multiply + fp16.add).value * peak_fma_per_second(accelerator) / board_watts;
  EXPECT_GT(share, 0.04);
  EXPECT_LT(share, 0.12);
}

TEST(ParseAccelerator, ConvertsUnits) {
  Table table = v100();
  table["compute"].table()->set("clock", number(1530, "MHz"));
  EXPECT_DOUBLE_EQ(parse_accelerator(table, "x").clock.value, 1.53e9);
}

TEST(ParseAccelerator, RefusesAUnitOfAnotherDimension) {
  EXPECT_THAT(complaint([](Table& table) { table["compute"].table()->set("clock", number(1.53, "ns")); }),
              AllOf(HasSubstr("compute.clock"), HasSubstr("GHz")));
}

TEST(ParseAccelerator, RefusesANumberWithoutUnit) {
  EXPECT_THAT(complaint([](Table& table) { table["energy"].table()->set("beat", Value(0.5)); }),
              AllOf(HasSubstr("energy.beat"), HasSubstr("unit = \"J\"")));
  EXPECT_THAT(complaint([](Table& table) { (*table["energy"].table())["beat"].table()->erase("unit"); }),
              AllOf(HasSubstr("energy.beat in v100.toml:"), HasSubstr("no unit")));
}

TEST(ParseAccelerator, NamesUnknownAndMissingKeys) {
  EXPECT_THAT(complaint([](Table& table) { table["memory"].table()->set("dram_bandwith", number(1, "GB/s")); }),
              AllOf(HasSubstr("memory.dram_bandwith"), HasSubstr("did you mean 'dram_bandwidth'?")));
  EXPECT_THAT(complaint([](Table& table) { table["memory"].table()->erase("dram_bandwidth"); }),
              HasSubstr("'memory.dram_bandwidth' is missing in v100.toml"));
}

TEST(ParseAccelerator, RefusesNumbersThatMeanNothing) {
  const auto with = [](const char* key, double value) {
    return complaint([&](Table& table) { table["compute"].table()->set(key, number(value, "1")); });
  };
  EXPECT_THAT(with("tensor_cores", 0), HasSubstr("compute.tensor_cores"));
  EXPECT_THAT(with("tensor_cores", 2.5), HasSubstr("whole"));
  EXPECT_THAT(with("utilization", 1.5), HasSubstr("compute.utilization"));
  EXPECT_THAT(with("utilization", -1), HasSubstr("compute.utilization"));
  EXPECT_THAT(complaint([](Table& table) { table["compute"].table()->set("stalls", Value(std::string("some"))); }),
              HasSubstr("compute.stalls"));
}

}  // namespace
}  // namespace acrtc::hardware
