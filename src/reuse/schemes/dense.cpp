#include "acrtc/reuse/scheme.hpp"
#include "acrtc/reuse/tensor_core.hpp"

namespace acrtc::reuse {
namespace {

/// Ordinary tensor cores: the yardstick of every other scheme.
class Dense : public Scheme {
 public:
  explicit Dense(const Settings& settings) : lanes_(read_lanes(settings)) {}

  int max_level(Format) const override { return 0; }

  ReuseCount multiply(const Gemm& gemm, Strength, LayerMemory*) const override { return multiply_dense(gemm, lanes_); }

 private:
  std::int64_t lanes_;
};

const Registration<Scheme> registration{"dense", "nothing is compared or reused: the baseline", describe(lanes_setting),
                                        [](const Settings& s) { return std::make_unique<Dense>(s); }};

}  // namespace
}  // namespace acrtc::reuse
