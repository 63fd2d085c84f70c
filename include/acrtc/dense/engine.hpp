#pragma once

#include <memory>
#include <string>

namespace acrtc::dense {

/// oneDNN's engine, one execution stream a thread, and the matrix multiplications and convolutions made so far. One per
/// process, made by the program and handed down; everything in this room works through it. Must outlive all that was
/// made with it.
class Engine {
 public:
  /// `threads`: how many threads parallel_for and oneDNN's own primitives may use from now on, >= 1.
  explicit Engine(int threads);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  int threads() const { return threads_; }

  /// `oneDNN v2.6.3`
  static std::string library_version();
  /// The instruction set in use, as the run log records it: `AVX-512 with bfloat16 support`, ...
  static std::string isa();
  /// True where the CPU multiplies bf16 operands natively.
  static bool has_bf16();

  struct State;  ///< complete in this room's sources only
  State& state() const { return *state_; }

 private:
  int threads_;
  std::unique_ptr<State> state_;
};

}  // namespace acrtc::dense
