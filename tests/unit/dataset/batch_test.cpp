#include "acrtc/dataset/batch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "acrtc/base/error.hpp"

namespace acrtc::dataset {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

/// Every value of sample i in epoch e is i + 1000 e, its label i modulo 7; sample 13 of the test split is broken.
class Counting : public Dataset {
 public:
  std::int64_t size(Split) const override { return 50; }
  SampleShape shape() const override { return {2, 3, 4}; }
  std::int64_t classes() const override { return 7; }
  std::int32_t read(const SampleRequest& request, std::span<float> out) const override {
    if (request.split == Split::test && request.index == 13) throw UserError("broken");
    std::ranges::fill(out, static_cast<float>(request.index + 1000 * request.epoch));
    return static_cast<std::int32_t>(request.index % 7);
  }
};

TEST(ReadBatch, PlacesSamplesInTheOrderAsked) {
  Batch batch;
  const std::vector<std::uint32_t> indices{9, 3, 3};
  read_batch(Counting(), Split::train, 2, indices, 2, batch);
  EXPECT_EQ(batch.images.samples(), 3);
  EXPECT_EQ(batch.images.shape(), (SampleShape{2, 3, 4}));
  EXPECT_THAT(batch.labels, ElementsAre(2, 3, 3));
  EXPECT_THAT(batch.images.sample(0), Each(2009.0F));
  EXPECT_THAT(batch.images.sample(2), Each(2003.0F));
}

TEST(ReadBatch, KeepsMemoryOfALargerBatch) {
  Batch batch;
  std::vector<std::uint32_t> indices(40);
  for (std::uint32_t i = 0; i < indices.size(); ++i) indices[i] = 39 - i;
  read_batch(Counting(), Split::train, 0, indices, 2, batch);
  for (std::uint32_t i = 0; i < indices.size(); ++i)
    EXPECT_THAT(batch.images.sample(i), Each(static_cast<float>(39 - i)));
  const float* const memory = batch.images.data();
  read_batch(Counting(), Split::train, 0, std::span(indices).first(5), 2, batch);
  EXPECT_EQ(batch.images.data(), memory);
  EXPECT_EQ(batch.labels.size(), 5U);
}

TEST(ReadBatch, PassesOnAReadersError) {
  Batch batch;
  std::vector<std::uint32_t> indices(40);
  for (std::uint32_t i = 0; i < indices.size(); ++i) indices[i] = i;
  EXPECT_THROW(read_batch(Counting(), Split::test, 0, indices, 2, batch), UserError);
}

}  // namespace
}  // namespace acrtc::dataset
