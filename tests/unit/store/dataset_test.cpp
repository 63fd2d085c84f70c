#include "acrtc/store/dataset.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "acrtc/store/file.hpp"
#include "unit/store/scratch.hpp"

namespace acrtc::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <class T>
class TypedDatasetTest : public ScratchTest {};
using Types = testing::Types<double, float, std::uint64_t, std::int64_t, std::uint8_t>;
TYPED_TEST_SUITE(TypedDatasetTest, Types);

TYPED_TEST(TypedDatasetTest, KeepsItsValues) {
  using Limits = std::numeric_limits<TypeParam>;
  const std::vector<TypeParam> values{Limits::lowest(), Limits::max(), Limits::min(), TypeParam{0}, TypeParam{1}, 7};
  {
    File file = File::create(this->path());
    file.root().create_column("column", element_type<TypeParam>(), {3}).append(view(values));
    file.root().create("fixed", view(values), {2, 3});
    file.root().create("packed", view(values), {6}, Layout::packed);
  }
  const File file = File::open(this->path());
  for (const char* name : {"column", "fixed", "packed"}) {
    const Dataset dataset = file.root().dataset(name);
    EXPECT_EQ(dataset.type(), element_type<TypeParam>());
    EXPECT_EQ(dataset.read<TypeParam>(), values);
  }
}

class DatasetTest : public ScratchTest {};

TEST_F(DatasetTest, OfMoreElementsThanCanBeCountedIsRefused) {
  File file = File::create(path());
  const std::int64_t half = std::int64_t{1} << 40;
  EXPECT_NO_THROW(file.root().create_fixed("large", ElementType::u8, {half, 8}));
  EXPECT_THROW(file.root().create_fixed("endless", ElementType::u8, {half, half}), UserError);
  EXPECT_THROW(file.root().create_column("rows", ElementType::u8, {half, half}), UserError);
}

TEST_F(DatasetTest, GrowsByWholeRowsOfAnyRank) {
  File file = File::create(path());
  Dataset cube = file.root().create_column("cube", ElementType::f64, {2, 3});
  EXPECT_THAT(cube.shape(), ElementsAre(0, 2, 3));
  EXPECT_EQ(cube.row_elements(), 6);
  std::vector<double> expected;
  for (int batch = 1; batch <= 4; ++batch) {  // 6, 12, 18, 24 values
    std::vector<double> rows;
    for (int i = 0; i < 6 * batch; ++i) rows.push_back(100 * batch + i);
    cube.append(view(rows));
    expected.insert(expected.end(), rows.begin(), rows.end());
  }
  EXPECT_EQ(cube.rows(), 10);
  EXPECT_EQ(cube.read<double>(), expected);
  EXPECT_THAT(cube.read<double>({1, 2}), ElementsAre(200, 201, 202, 203, 204, 205));
  EXPECT_THAT(cube.read<double>({3, 3}), ElementsAre());
  EXPECT_THROW(cube.append(view(std::vector<double>(7))), InternalError);
  EXPECT_THROW(cube.append(view(std::vector<float>(6))), InternalError);
  EXPECT_THROW(cube.read<double>({9, 11}), InternalError);
}

TEST_F(DatasetTest, GrowsPastManyChunks) {
  File file = File::create(path());
  Dataset column = file.root().create_column("column", ElementType::u64);
  std::vector<std::uint64_t> all;
  for (std::uint64_t batch = 0; batch < 50; ++batch) {
    const std::vector<std::uint64_t> rows(batch * 7, batch);
    column.append(view(rows));
    all.insert(all.end(), rows.begin(), rows.end());
  }
  EXPECT_EQ(column.read<std::uint64_t>(), all);
}

TEST_F(DatasetTest, HoldsSingleValues) {
  File file = File::create(path());
  Dataset state = file.root().create("state", view(std::vector<std::uint8_t>{1}), {});
  EXPECT_EQ(state.rank(), 0U);
  EXPECT_EQ(state.rows(), 1);
  state.overwrite(view(std::vector<std::uint8_t>{3}));
  EXPECT_THAT(state.read<std::uint8_t>(), ElementsAre(3));
  EXPECT_THROW(state.append(view(std::vector<std::uint8_t>{1})), InternalError);
  EXPECT_THROW(state.overwrite(view(std::vector<std::uint8_t>{1, 2})), InternalError);
}

TEST_F(DatasetTest, ConvertsNumbersWhenReading) {
  File file = File::create(path());
  const Dataset dataset = file.root().create("x", view(std::vector<float>{0.5F, -2}), {2});
  EXPECT_THAT(dataset.read<double>(), ElementsAre(0.5, -2));
}

TEST_F(DatasetTest, HoldsText) {
  const std::vector<std::string> names{"conv2/forward", "", "größer"};
  {
    File file = File::create(path());
    file.root().create_text("names", names);
    file.root().create_text("none", {});
    file.root().create("number", view(std::vector<double>{1}), {1});
  }
  const File file = File::open(path());
  EXPECT_EQ(file.root().dataset("names").read_text(), names);
  EXPECT_THAT(file.root().dataset("none").read_text(), ElementsAre());
  EXPECT_THAT(user_error([&] { file.root().dataset("names").read<double>(); }), HasSubstr("'/names'"));
  EXPECT_THAT(user_error([&] { file.root().dataset("number").read_text(); }), HasSubstr("'/number'"));
}

TEST_F(DatasetTest, KnowsItsScales) {
  File file = File::create(path());
  Group steps = file.root().create_group("steps");
  Dataset step = steps.create_column("step", ElementType::u64);
  Dataset loss = steps.create_column("loss", ElementType::f64, {4});
  step.make_scale("step");
  loss.attach_scale(0, step);
  EXPECT_THAT(loss.scales(), ElementsAre("/steps/step", ""));
  EXPECT_EQ(step.scale_label(), "step");
  EXPECT_EQ(loss.scale_label(), "");
}

}  // namespace
}  // namespace acrtc::store
