#include "acrtc/reuse/scheme.hpp"
#include "acrtc/reuse/tensor_core.hpp"

namespace acrtc::reuse {
namespace {

const Setting<std::int64_t> lanes{
    .name = "lanes", .fallback = 4, .help = "depth of a dot-product unit, a power of two", .min = 1, .max = 16};

/// Ordinary tensor cores: the yardstick of every other scheme.
class Dense : public Scheme {
 public:
  explicit Dense(const Settings& settings) : lanes_(settings[lanes]) {
    if (16 % lanes_ != 0) settings.reject("lanes", "lanes must divide 16", "take 1, 2, 4, 8 or 16");
  }

  int max_level(Format) const override { return 0; }

  ReuseCount multiply(const Gemm& gemm, Strength, LayerMemory*) const override { return multiply_dense(gemm, lanes_); }

 private:
  std::int64_t lanes_;
};

const Registration<Scheme> registration{"dense", "nothing is compared or reused: the baseline", describe(lanes),
                                        [](const Settings& s) { return std::make_unique<Dense>(s); }};

}  // namespace
}  // namespace acrtc::reuse
