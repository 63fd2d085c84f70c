#include "probe.hpp"

#include <algorithm>
#include <cmath>

#include "vector_math.hpp"

namespace acrtc::train {
namespace {

/// Keeps all of C; where a block lies does not depend on how the GEMM was cut.
class KeptResult : public reuse::Result {
 public:
  KeptResult(std::int64_t rows, std::int64_t cols) : cols_(cols), values_(rows * cols) {}

  void store(std::int64_t, Range rows, Range cols, reuse::Major major, MatrixView<const float> c) override {
    for (std::int64_t r = 0; r < rows.size(); ++r)
      for (std::int64_t n = 0; n < cols.size(); ++n)
        values_[(rows.begin + r) * cols_ + cols.begin + n] = major == reuse::Major::rows ? c(r, n) : c(n, r);
  }

  std::span<float> values() { return values_; }

 private:
  std::int64_t cols_;
  std::vector<float> values_;
};

double norm(std::span<const float> values, int threads) {
  ChunkedNorm norm(std::ssize(values));
  norm.measure(values, {0, std::ssize(values)}, threads);
  return norm.norm();
}

double relative_error(std::span<float> reused, std::span<const float> dense, int threads) {
  const double size = norm(dense, threads);
  for (std::size_t i = 0; i < reused.size(); ++i) reused[i] -= dense[i];
  const double difference = norm(reused, threads);
  return difference == 0 ? 0 : difference / size;
}

}  // namespace

GemmProbe::GemmProbe(const reuse::Scheme& scheme, network::GemmRunner& gemms, std::int64_t round)
    : scheme_(scheme), gemms_(gemms), round_(round) {
  before_ = gemms_.set_observer(
      [this](const network::GemmInfo& info, std::int64_t node, reuse::Strength strength, const reuse::Gemm& gemm) {
        if (before_) before_(info, node, strength, gemm);
        look(info, strength, gemm);
      });
}

GemmProbe::~GemmProbe() { gemms_.set_observer(std::move(before_)); }

void GemmProbe::begin_pass() {
  errors_ = {};
  const auto all = std::ssize(gemms_.list()), some = std::min<std::int64_t>(all, most);
  wanted_.assign(all, 0);
  for (std::int64_t i = 0; i < some; ++i) wanted_[(round_ + i * all / some) % all] = 1;
  std::vector<std::int64_t> weight_gradients;
  for (std::int64_t id = 0; id < all; ++id)
    if (gemms_.list()[id].role == reuse::Role::grad_weight) weight_gradients.push_back(id);
  if (!weight_gradients.empty()) wanted_[weight_gradients[round_ % std::ssize(weight_gradients)]] = 1;
}

void GemmProbe::look(const network::GemmInfo& info, reuse::Strength strength, const reuse::Gemm& gemm) {
  char& wanted = wanted_.at(&info - gemms_.list().data());
  if (!wanted || strength.is_off()) return;
  wanted = 0;
  KeptResult reused(gemm.m(), gemm.n()), dense(gemm.m(), gemm.n());
  const auto memory = scheme_.make_memory();
  scheme_.multiply({gemm.a, gemm.b, reused, gemm.format, gemm.engine}, strength, memory.get());
  gemms_.run_dense(gemm.a, gemm.b, dense);
  const ErrorSum error{relative_error(reused.values(), dense.values(), gemm.engine.threads()), 1};
  errors_.all.add(error);
  if (info.role == reuse::Role::grad_weight) errors_.weight_gradients.add(error);
}

}  // namespace acrtc::train
