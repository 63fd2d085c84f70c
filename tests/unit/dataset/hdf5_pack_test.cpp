#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "acrtc/base/error.hpp"
#include "acrtc/dataset/pack.hpp"
#include "acrtc/store/file.hpp"
#include "unit/dataset/made_up.hpp"
#include "unit/dataset/temporary_files.hpp"

namespace acrtc::dataset {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A pack of two samples of two bytes, made by hand with one of its datasets replaced.
class HandmadeHdf5Pack : public ::testing::Test {
 protected:
  using Maker = std::function<void(store::Group, const std::string& name)>;

  template <class T>
  static Maker values(std::vector<T> values, std::vector<std::int64_t> shape) {
    return
        [=](store::Group group, const std::string& name) { group.create<T>(name, std::span<const T>(values), shape); };
  }
  /// HDF5 stores nothing of it and reads zeros.
  static Maker unwritten(store::ElementType type, std::vector<std::int64_t> shape) {
    return [=](store::Group group, const std::string& name) { group.create_fixed(name, type, shape); };
  }

  std::string failure(const std::string& replaced = {}, const Maker& replacement = {}) {
    const auto path = directory_ / "pack.h5";
    auto file = store::File::create(path, store::Existing::replace);
    store::Group root = file.root();
    const auto make = [&](store::Group group, const std::string& name, const Maker& usual) {
      (group.name() + name == replaced ? replacement : usual)(group, name);
    };
    root.set_attribute("encoding", std::string("u8"));
    for (const char* key : {"acrtc_pack", "complete", "channels", "height"}) root.set_attribute(key, std::int64_t{1});
    root.set_attribute("width", std::int64_t{2});
    root.set_attribute("classes", classes_);
    make(root, "mean", values<double>({0}, {1}));
    make(root, "std", values<double>({1}, {1}));
    for (const char* split : {"train", "test"}) {
      const store::Group group = root.create_group(split);
      make(group, "bytes", values<std::uint8_t>({1, 2, 3, 4}, {2, 2}));
      make(group, "end", values<std::int64_t>({2, 4}, {2}));
      make(group, "label", values<std::int64_t>({0, 1}, {2}));
      make(group, "crc32", values<std::int64_t>({0xb6cc4292, 0x6d998525}, {2}));
    }
    file.close();
    return user_error([&] { open_hdf5_pack(path); });
  }

  TemporaryDirectory directory_;
  std::int64_t classes_ = 2;
};

TEST_F(HandmadeHdf5Pack, IsReadAsItIs) { EXPECT_THAT(failure(), IsEmpty()); }

TEST_F(HandmadeHdf5Pack, TakesNoMemoryForWhatItDoesNotHold) {
  constexpr std::int64_t endless = std::int64_t{1} << 40;
  for (const char* name : {"end", "label", "crc32"})
    EXPECT_THAT(failure(std::string("/train") + name, unwritten(store::ElementType::i64, {endless})),
                AllOf(HasSubstr(name), HasSubstr("1099511627776 elements are more than a file of")));
  EXPECT_THAT(failure("/testbytes", unwritten(store::ElementType::u8, {endless, 2})), HasSubstr("are more than"));
  EXPECT_THAT(failure("/testbytes", unwritten(store::ElementType::u8, {2, endless})), HasSubstr("are more than"));
  EXPECT_THAT(failure("/mean", unwritten(store::ElementType::f64, {endless})), HasSubstr("are more than"));
}

TEST_F(HandmadeHdf5Pack, HasRowsThatHoldSomething) {
  EXPECT_THAT(failure("/trainbytes", unwritten(store::ElementType::u8, {4, 0})), HasSubstr("it holds nothing"));
  EXPECT_THAT(failure("/trainbytes", values<std::uint8_t>({1, 2, 3, 4}, {4})), HasSubstr("2 dimensions"));
  EXPECT_THAT(failure("/trainend", values<std::int64_t>({2, 4}, {2, 1})), HasSubstr("1 dimensions"));
  EXPECT_THAT(failure("/trainend", values<std::int64_t>({4, 2}, {2})), HasSubstr("sample 1 goes from byte 4 to 2"));
  EXPECT_THAT(failure("/testlabel", values<std::int64_t>({0, 2}, {2})), HasSubstr("sample 1: label 2 is not below"));
}

TEST_F(HandmadeHdf5Pack, HasFactsThatArePossible) {
  for (const double mean : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    EXPECT_THAT(failure("/mean", values<double>({mean}, {1})), HasSubstr("a finite mean"));
    EXPECT_THAT(failure("/std", values<double>({mean}, {1})), HasSubstr("a finite mean"));
  }
  classes_ = std::int64_t{1} << 40;
  EXPECT_THAT(failure(), HasSubstr("it names no number of classes, 1 to 16777216"));
}

}  // namespace
}  // namespace acrtc::dataset
