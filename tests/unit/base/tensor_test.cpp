#include "acrtc/base/tensor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

namespace acrtc {
namespace {

using testing::Each;

TEST(SampleShape, CountsAndPrints) {
  EXPECT_EQ((SampleShape{3, 4, 5}).elements(), 60);
  EXPECT_EQ((SampleShape{10}).elements(), 10);
  EXPECT_EQ(to_string(SampleShape{1, 28, 27}), "1x28x27");
}

TEST(AlignedBuffer, IsAlignedForAnyVector) {
  for (const std::size_t size : {1, 7, 1000}) {
    const AlignedBuffer<float> buffer(size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0U);
    EXPECT_EQ(buffer.span().size(), size);
  }
}

TEST(AlignedBuffer, ReservesOnlyToGrow) {
  AlignedBuffer<float> buffer(10);
  const float* before = buffer.data();
  buffer.reserve(5);
  EXPECT_EQ(buffer.data(), before);
  EXPECT_EQ(buffer.size(), 10U);
  buffer.reserve(20);
  EXPECT_EQ(buffer.size(), 20U);
}

TEST(Tensor, StartsWithZeros) {
  const Tensor tensor(2, {3, 4, 5});
  EXPECT_EQ(tensor.elements(), 120);
  EXPECT_THAT(tensor.values(), Each(0.0F));
}

TEST(Tensor, LaysSamplesOneAfterTheOther) {
  Tensor tensor(3, {2, 1, 2});
  tensor.sample(1)[3] = 5;
  EXPECT_EQ(tensor.data()[1 * 4 + 3], 5);
  EXPECT_EQ(std::as_const(tensor).sample(1)[3], 5);
  EXPECT_EQ(tensor.sample(2).size(), 4U);
  EXPECT_EQ(tensor.sample(2).data() + 4, tensor.data() + tensor.elements());
}

TEST(Tensor, ViewsFollowAResizeThatKeepsTheMemory) {
  Tensor tensor(4, {2, 3, 3});
  const float* before = tensor.data();
  tensor.resize(2, {1, 3, 3});
  EXPECT_EQ(tensor.data(), before);
  EXPECT_EQ(tensor.samples(), 2);
  EXPECT_EQ(tensor.values().size(), 18U);
  tensor.fill(2);
  EXPECT_THAT(tensor.values(), Each(2.0F));
}

TEST(MatrixView, StepsOverItsStride) {
  float data[] = {0, 1, 2, 3, 4, 5, 6, 7};
  const MatrixView<float> view{data, 2, 3, 4};
  EXPECT_EQ(view(1, 2), 6);
  EXPECT_EQ(view.row(1), data + 4);
}

TEST(Range, IsHalfOpen) {
  EXPECT_EQ((Range{3, 7}).size(), 4);
  EXPECT_EQ((Range{3, 7}), (Range{3, 7}));
}

}  // namespace
}  // namespace acrtc
