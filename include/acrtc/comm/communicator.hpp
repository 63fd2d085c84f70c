#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace acrtc::comm {

/// Starts MPI (thread level FUNNELED) and ends it. One per process, made in main() before anything else.
class Session {
 public:
  Session(int& argc, char**& argv);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
};

/// A transfer under way. Waits for its end when destroyed. The memory it works on must live until then.
class Request {
 public:
  Request();
  ~Request();
  Request(Request&&) noexcept;
  Request& operator=(Request&&) noexcept;

  void wait();
  bool done();  ///< makes progress, does not block

 private:
  friend class Communicator;
  struct State;
  std::unique_ptr<State> state_;
};

/// The ranks that share one job. Without mpirun, and before Session, there is one rank and every call still works.
/// Every call but the non-blocking ones is collective: all ranks make it in the same order.
class Communicator {
 public:
  /// All ranks of the job (one rank where no Session exists).
  static Communicator world();

  int rank() const { return rank_; }
  int size() const { return size_; }
  /// Ranks that share this rank's machine.
  int ranks_on_host() const;

  void barrier() const;
  /// Sends root's bytes to all; the size may differ on entry and is root's on return.
  void broadcast(std::vector<std::byte>& bytes, int root) const;
  void broadcast(std::span<float> values, int root) const;
  std::int64_t max(std::int64_t value) const;
  /// Every rank's bytes, in rank order, on every rank.
  std::vector<std::vector<std::byte>> all_gather(std::span<const std::byte> bytes) const;
  /// As all_gather, but only `root` gets them; others get an empty list.
  std::vector<std::vector<std::byte>> gather(std::span<const std::byte> bytes, int root) const;

  Request send(std::span<const float> values, int to, int tag) const;
  Request receive(std::span<float> values, int from, int tag) const;
  /// Sum over ranks in place, by MPI's own algorithm: bits may depend on the number of ranks.
  Request all_reduce_sum(std::span<float> values) const;

  /// Ends the whole job with `status`; for errors that one rank alone has seen.
  [[noreturn]] void abort(int status) const;
  /// `Open MPI v4.1.4, ...`
  static std::string library_version();

 private:
  Communicator(int rank, int size) : rank_(rank), size_(size) {}
  int rank_ = 0, size_ = 1;
};

}  // namespace acrtc::comm
