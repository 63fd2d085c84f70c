#include <algorithm>

#include "acrtc/reuse/scheme.hpp"
#include "acrtc/reuse/tensor_core.hpp"

namespace acrtc::reuse {
namespace {

const Setting<std::int64_t> window{.name = "window",
                                   .fallback = 4,
                                   .help = "rows whose operands are compared: the height of a tensor core's tile",
                                   .min = 1,
                                   .max = 64};
const Setting<std::int64_t> supply{
    .name = "supply",
    .fallback = 2,
    .help = "rows delivered and reduced a beat; window = ideal, 1 = saves energy, no time",
    .min = 1,
    .max = 64};
const Setting<std::string> granularity{.name = "granularity",
                                       .fallback = "product",
                                       .help = "what is reused: single products or whole dot products of a lane group",
                                       .choices = {"product", "dot"}};

/// Adaptive Computation Reuse for Tensor Cores (Servais and Atoofian, doi:10.1145/3487025): within a window of rows, an
/// operand takes the product of the first row whose operand has the same key. A level is the number of mantissa bits
/// that the key leaves out.
class Acrtc : public Scheme {
 public:
  explicit Acrtc(const Settings& settings)
      : window_(settings[window]),
        lanes_(read_lanes(settings)),
        supply_(settings[supply]),
        granularity_(settings[granularity] == "dot" ? Granularity::dot : Granularity::product) {
    if (supply_ > window_)
      settings.reject("supply", "a window has only " + std::to_string(window_) + " rows to supply",
                      "take at most the window");
  }

  int max_level(Format format) const override { return mantissa_bits(format); }

  ReuseCount multiply(const Gemm& gemm, Strength strength, LayerMemory*) const override {
    if (strength.is_off()) return multiply_dense(gemm, lanes_);
    return multiply_reusing(gemm, {.format = gemm.format,
                                   .window = window_,
                                   .lanes = lanes_,
                                   .supply = supply_,
                                   .granularity = granularity_,
                                   .dropped_bits = std::min(strength.level, max_level(gemm.format))});
  }

 private:
  std::int64_t window_, lanes_, supply_;
  Granularity granularity_;
};

const Registration<Scheme> registration{
    "acrtc", "products of operands that look alike are reused within a window of rows",
    describe(window, lanes_setting, supply, granularity), [](const Settings& s) { return std::make_unique<Acrtc>(s); }};

}  // namespace
}  // namespace acrtc::reuse
