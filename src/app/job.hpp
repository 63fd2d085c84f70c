#pragma once

#include <memory>

#include "acrtc/comm/communicator.hpp"
#include "acrtc/control/policy.hpp"
#include "acrtc/dataset/dataset.hpp"
#include "acrtc/dense/engine.hpp"
#include "acrtc/hardware/interconnect.hpp"
#include "acrtc/network/network.hpp"
#include "acrtc/reuse/scheme.hpp"
#include "acrtc/train/trainer.hpp"
#include "configuration.hpp"

namespace acrtc::app {

/// A network on its dataset: what training and evaluation share.
class Model {
 public:
  /// Throws UserError where the data cannot be read or the network does not fit them.
  Model(const Configuration& configuration, int threads);

  const dataset::Dataset& dataset() const { return *dataset_; }
  const reuse::Scheme& scheme() const { return *scheme_; }
  dense::Engine& engine() { return engine_; }
  network::Network& network() { return *network_; }

 private:
  dense::Engine engine_;
  std::unique_ptr<dataset::Dataset> dataset_;
  std::unique_ptr<reuse::Scheme> scheme_;
  network::GemmRunner gemms_;
  std::unique_ptr<network::Network> network_;
};

/// Everything a run consists of, built from its configuration. Does not communicate.
class Job {
 public:
  Job(const Configuration& configuration, int threads);

  Model& model() { return model_; }
  const train::TrainOptions& options() const { return options_; }
  const train::RunLength& length() const { return length_; }
  /// Of what the optimizer remembers: part of checkpoints.
  double optimizer_state_bytes() const;
  /// References into this job; the trainer made of them must not outlive it.
  train::TrainParts parts(const comm::Communicator& ranks);

 private:
  Model model_;
  train::TrainOptions options_;
  train::RunLength length_;
  hardware::Accelerator accelerator_;
  hardware::Interconnect interconnect_;
  std::unique_ptr<hardware::Collective> collective_;
  std::unique_ptr<train::Optimizer> optimizer_;
  train::LearningRate learning_rate_;
  std::unique_ptr<control::Policy> policy_;
};

}  // namespace acrtc::app
