#include "acrtc/network/gemm_runner.hpp"

#include <algorithm>

#include "acrtc/base/error.hpp"

namespace acrtc::network {
namespace {

std::unique_ptr<reuse::Scheme> make_dense_scheme() {
  const auto& entry = Registry<reuse::Scheme>::instance().find("dense");
  return entry.make(Settings("dense", {}, entry.schema));
}

}  // namespace

std::string GemmInfo::name() const { return layer + (part.empty() ? "" : "." + part) + "/" + reuse::name(role); }

GemmRunner::GemmRunner(const reuse::Scheme& scheme, GemmOptions options, dense::Engine& engine)
    : scheme_(scheme), dense_(make_dense_scheme()), options_(options), engine_(engine) {}

int GemmRunner::add(GemmInfo info) {
  const auto same_weight = [&](const GemmInfo& other) { return other.layer == info.layer && other.part == info.part; };
  memory_ids_.push_back(static_cast<int>(std::ranges::find_if(infos_, same_weight) - infos_.begin()));
  infos_.push_back(std::move(info));
  strengths_.emplace_back();
  records_.emplace_back();
  return static_cast<int>(infos_.size()) - 1;
}

void GemmRunner::set_strengths(std::vector<reuse::Strength> strengths) {
  require(strengths.size() == infos_.size(), "every GEMM has a strength");
  strengths_ = std::move(strengths);
}

void GemmRunner::begin_pass(std::int64_t node) {
  node_ = node;
  for (std::size_t id = 0; id < records_.size(); ++id) records_[id] = {{}, strengths_[id]};
}

reuse::LayerMemory* GemmRunner::memory(int id) {
  const auto key = std::pair(node_, memory_ids_[static_cast<std::size_t>(id)]);
  if (const auto found = memories_.find(key); found != memories_.end()) return found->second.get();
  auto made = scheme_.make_memory();
  return made ? memories_.emplace(key, std::move(made)).first->second.get() : nullptr;
}

void GemmRunner::run(int id, const reuse::Operand& a, const reuse::Operand& b, reuse::Result& c) {
  const auto index = static_cast<std::size_t>(id);
  const reuse::Strength strength = strengths_.at(index);
  const reuse::Gemm gemm{a, b, c, options_.format, engine_, infos_[index].role};
  if (observer_) observer_(infos_[index], node_, strength, gemm);
  GemmRecord& record = records_[index];
  record.strength = strength;
  record.count += scheme_.multiply(gemm, strength, memory(id));
}

void GemmRunner::run_dense(const reuse::Operand& a, const reuse::Operand& b, reuse::Result& c) {
  dense_->multiply({a, b, c, options_.format, engine_}, reuse::Strength::off(), nullptr);
}

}  // namespace acrtc::network
