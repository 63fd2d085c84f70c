#include "acrtc/store/copy.hpp"

#include <gmock/gmock.h>

#include <cstddef>

#include "unit/store/scratch.hpp"

namespace acrtc::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CopyTest : public ScratchTest {
 protected:
  /// Groups, columns of two ranks, fixed data, text, attributes and scales, the scale after its dataset.
  File write_sample(std::size_t rows) {
    File file = File::create(path());
    file.root().set_attribute("format", "sample");
    Group steps = file.root().create_group("steps");
    Dataset loss = steps.create_column("loss", ElementType::f64, {2});
    Dataset step = steps.create_column("step", ElementType::u64);
    Dataset gemm = steps.create_text("gemm", {"conv1/forward", "conv1/backward"});
    loss.set_attribute("units", "1");
    step.make_scale("step");
    gemm.make_scale("gemm");
    loss.attach_scale(0, step);
    loss.attach_scale(1, gemm);
    file.root().create_group("weights").create("w", view(std::vector<float>{1, 2, 3, 4}), {2, 2});
    file.root().create("state", view(std::vector<std::uint8_t>{1}), {});
    loss.append(view(std::vector<double>(2 * rows, 0.5)));
    step.append(view(std::vector<std::uint64_t>(rows, 9)));
    return file;
  }

  void expect_sample(std::size_t rows) {
    const File file = File::open(path());
    const Group root = file.root();
    EXPECT_EQ(root.attribute_as<std::string>("format"), "sample");
    EXPECT_THAT(root.groups(), ElementsAre("steps", "weights"));
    EXPECT_THAT(root.group("steps").datasets(), ElementsAre("loss", "step", "gemm"));
    const Dataset loss = root.dataset("steps/loss");
    EXPECT_EQ(loss.attribute_as<std::string>("units"), "1");
    EXPECT_THAT(loss.scales(), ElementsAre("/steps/step", "/steps/gemm"));
    EXPECT_EQ(root.dataset("steps/step").scale_label(), "step");
    EXPECT_EQ(loss.read<double>(), std::vector<double>(2 * rows, 0.5));
    EXPECT_EQ(root.dataset("steps/step").read<std::uint64_t>(), std::vector<std::uint64_t>(rows, 9));
    EXPECT_THAT(root.dataset("steps/gemm").read_text(), ElementsAre("conv1/forward", "conv1/backward"));
    EXPECT_THAT(root.dataset("weights/w").read<float>(), ElementsAre(1, 2, 3, 4));
    EXPECT_THAT(root.dataset("weights/w").shape(), ElementsAre(2, 2));
    EXPECT_THAT(root.dataset("state").read<std::uint8_t>(), ElementsAre(1));
  }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path().parent_path()))
      names.push_back(entry.path().filename());
    return names;
  }
};

TEST_F(CopyTest, PackingKeepsEverythingInLessSpace) {
  constexpr std::size_t rows = 700000;  // more than is copied at once
  write_sample(rows);
  expect_sample(rows);
  const auto before = std::filesystem::file_size(path());
  pack(File::open(path(), Access::follow));
  expect_sample(rows);
  EXPECT_LT(std::filesystem::file_size(path()), before / 20);
  EXPECT_THAT(files(), ElementsAre("run.h5"));
}

TEST_F(CopyTest, PacksFilesWithoutRows) {
  write_sample(0);
  pack(File::open(path(), Access::follow));
  expect_sample(0);
}

TEST_F(CopyTest, CutsColumnsOfAGroupToTheShortest) {
  write_sample(5).root().dataset("steps/step").append(view(std::vector<std::uint64_t>{9, 9}));
  pack(File::open(path(), Access::follow));
  expect_sample(5);
}

TEST_F(CopyTest, CopiesIntoAGroupOfALiveLog) {
  const File source = write_sample(3);
  File target = File::create(path("target.h5"));
  copy_contents(source.root().group("steps"), target.root().create_group("old"), Layout::plain);
  target.start_streaming();
  Dataset loss = target.root().dataset("old/loss");
  EXPECT_THAT(loss.scales(), ElementsAre("/old/step", "/old/gemm"));
  loss.append(view(std::vector<double>{1, 2}));
  EXPECT_EQ(loss.rows(), 4);
}

TEST_F(CopyTest, WritesAtomically) {
  const auto write = [&](std::int64_t version) {
    write_atomically(path(), [&](File& file) { file.root().set_attribute("version", version); });
  };
  write(1);
  const File reader = File::open(path());
  write(2);
  EXPECT_EQ(reader.root().attribute_as<std::int64_t>("version"), 1);
  EXPECT_EQ(File::open(path()).root().attribute_as<std::int64_t>("version"), 2);
  EXPECT_THROW(write_atomically(path(), [](File&) { throw UserError("stopped"); }), UserError);
  EXPECT_EQ(File::open(path()).root().attribute_as<std::int64_t>("version"), 2);
  EXPECT_THAT(files(), ElementsAre("run.h5"));
}

TEST_F(CopyTest, LeavesTheFileWhereItCannotPack) {
  write_sample(5);
  const auto size = std::filesystem::file_size(path());
  const File source = File::open(path(), Access::follow);
  EXPECT_EQ(user_error([&] { pack(source, [](File&) { throw UserError("stopped"); }); }), "stopped");
  EXPECT_THAT(files(), ElementsAre("run.h5"));
  EXPECT_EQ(std::filesystem::file_size(path()), size);
  expect_sample(5);
}

TEST_F(CopyTest, PacksAFileThatOthersRemoved) {
  write_sample(5);
  const File source = File::open(path(), Access::follow);
  std::filesystem::remove(path());
  pack(source);
  expect_sample(5);
  EXPECT_THAT(files(), ElementsAre("run.h5"));
}

}  // namespace
}  // namespace acrtc::store
