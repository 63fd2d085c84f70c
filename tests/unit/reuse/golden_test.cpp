// Every golden case through the whole GEMM: counts exactly, C within the tolerance of FP32 accumulation.

#include <gtest/gtest.h>

#include <cmath>

#include "acrtc/reuse/im2col.hpp"
#include "acrtc/reuse/tensor_core.hpp"
#include "acrtc/store/file.hpp"
#include "support/reuse/stored_result.hpp"

namespace acrtc::reuse {
namespace {

struct Case {
  std::string name;
  WindowRule rule;
  std::int64_t m, n, k;
  std::vector<float> a, b, a_reused, c;
  ReuseCount count;
};

Case read_case(const store::Group& group, const std::string& name) {
  const auto whole = [&](const char* key) { return group.attribute_as<std::int64_t>(key); };
  const auto count = [&](const char* key) { return static_cast<std::uint64_t>(whole(key)); };
  Case test;
  test.name = name;
  test.rule = {
      .format = parse_format(group.attribute_as<std::string>("format")),
      .window = whole("window"),
      .lanes = whole("lanes"),
      .supply = whole("supply"),
      .granularity = group.attribute_as<std::string>("granularity") == "dot" ? Granularity::dot : Granularity::product,
      .dropped_bits = static_cast<int>(whole("strength"))};
  const auto shape = group.dataset("A").shape();
  test.m = shape[0], test.k = shape[1], test.n = group.dataset("B").shape()[1];
  test.a = group.dataset("A").read<float>();
  test.b = group.dataset("B").read<float>();
  test.a_reused = group.dataset("A_reused").read<float>();
  test.c = group.dataset("C").read<float>();
  test.count.mults_dense = count("mults_dense");
  test.count.mults = count("mults");
  test.count.adds = count("adds");
  test.count.comparisons = count("comparisons");
  test.count.reused = count("reused");
  test.count.reused_zero = count("reused_zero");
  test.count.beats_dense = count("beats_dense");
  test.count.beats = count("beats");
  return test;
}

void expect_counts(const ReuseCount& found, const Case& test) {
  ReuseCount expected = test.count;
  expected.elements = static_cast<std::uint64_t>(test.m * test.k);
  expected.zeros = found.zeros;  // not part of the golden cases
  for (const CountField& field : count_fields)
    EXPECT_EQ(found.*field.member, expected.*field.member) << test.name << " " << field.name;
}

void expect_product(const std::vector<float>& c, const Case& test) {
  for (std::int64_t i = 0; i < test.m; ++i)
    for (std::int64_t j = 0; j < test.n; ++j) {
      double bound = 1e-30;
      for (std::int64_t k = 0; k < test.k; ++k)
        bound += 1e-4 * std::abs(double{test.a_reused[static_cast<std::size_t>(i * test.k + k)]} *
                                 round_to(test.rule.format, test.b[static_cast<std::size_t>(k * test.n + j)]));
      const auto at = static_cast<std::size_t>(i * test.n + j);
      if (std::isfinite(test.c[at]))
        ASSERT_LE(std::abs(c[at] - test.c[at]), bound) << test.name << " C[" << i << "," << j << "]";
      else
        ASSERT_TRUE(std::isnan(test.c[at]) ? std::isnan(c[at]) : c[at] == test.c[at]) << test.name;
    }
}

TEST(Golden, EveryCase) {
  dense::Engine engine(2);
  const auto file = store::File::open(ACRTC_SOURCE_DIR "/tests/golden/reuse_gemm.h5");
  const store::Group root = file.root();
  int cases = 0;
  for (const std::string& name : root.groups()) {
    const Case test = read_case(root.group(name), name);
    const test::OwnedMatrix a(test.a, test.m, test.k, test.rule.format), b(test.b, test.k, test.n, test.rule.format);
    test::StoredResult c(test.m, test.n);
    expect_counts(multiply_reusing({a.operand(), b.operand(), c, test.rule.format, engine}, test.rule), test);
    expect_product(c.values, test);

    // The transposed layout is the same matrix.
    const test::OwnedMatrix flipped = a.flipped();
    const Transposed view(flipped.operand());
    test::StoredResult c2(test.m, test.n);
    expect_counts(multiply_reusing({view, b.operand(), c2, test.rule.format, engine}, test.rule), test);
    expect_product(c2.values, test);

    std::vector<float> replaced = a.values;
    replace(test.rule, {replaced.data(), test.m, test.k, test.k});
    for (std::size_t i = 0; i < replaced.size(); ++i)
      ASSERT_TRUE(replaced[i] == test.a_reused[i] || (std::isnan(replaced[i]) && std::isnan(test.a_reused[i])))
          << name << " A_reused[" << i << "]";
    ++cases;
  }
  EXPECT_EQ(cases, 48);
}

}  // namespace
}  // namespace acrtc::reuse
