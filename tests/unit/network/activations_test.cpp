#include "acrtc/network/activations.hpp"

#include <gtest/gtest.h>

#include "acrtc/reuse/blocks.hpp"

namespace acrtc::network {
namespace {

TEST(Activations, AreStoredAsGemmsLoadThem) {
  for (const reuse::Format format : reuse::formats) {
    const Activations tensor(format, 2, {3, 4, 5});
    EXPECT_EQ(tensor.halves() != nullptr, reuse::loads_halves(format));
    EXPECT_EQ(tensor.f32() != nullptr, !reuse::loads_halves(format));
    EXPECT_EQ(tensor.values().element_bytes(), Activations::element_bytes(format));
    EXPECT_EQ(tensor.values().format, format);
    EXPECT_EQ(tensor.elements(), 120);
  }
}

TEST(Activations, ASampleIsAPartOfTheWhole) {
  Activations tensor(reuse::Format::bf16, 3, {2, 2, 2});
  EXPECT_EQ(tensor.sample(2).data - tensor.values().data, 16 * tensor.values().element_bytes());
  EXPECT_EQ(tensor.sample(2).size, 8);
  const void* before = tensor.data();
  tensor.resize(1, {3, 1, 1});
  EXPECT_EQ(tensor.data(), before) << "memory that suffices stays";
  EXPECT_EQ(tensor.elements(), 3);
}

}  // namespace
}  // namespace acrtc::network
