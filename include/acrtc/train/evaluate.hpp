#pragma once

#include <cstdint>

#include "acrtc/comm/communicator.hpp"
#include "acrtc/dataset/dataset.hpp"
#include "acrtc/network/network.hpp"

namespace acrtc::train {

/// How samples are read while training goes on. No result depends on it.
struct Loading {
  int threads = 1;  ///< a rank, that read ahead beside those that train; 0 = read when a batch is needed
  int ahead = 2;    ///< micro-batches a rank, >= 1
};

struct EvaluationPlan {
  dataset::Split split = dataset::Split::test;
  std::int64_t batch = 64;  ///< samples at a time
  Loading loading = {};
};

/// What a network made of some samples.
struct SampleSum {
  network::LossSum loss;
  std::uint64_t replaced_samples = 0;  ///< broken ones that others stand in for

  void add(const SampleSum& other);
};

/// Loss and accuracy over a whole split, dense; each sample counts once. Ranks share the work; bits do not depend on
/// how. Throws UserError, on all ranks together, where a sample cannot be read.
SampleSum evaluate(network::Network& network, const dataset::Dataset& dataset, const EvaluationPlan& plan,
                   const comm::Communicator& ranks);

}  // namespace acrtc::train
