#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "acrtc/base/error.hpp"

namespace acrtc::comm {

/// How long ranks may take to find each other, before any of them can know what is wrong.
struct StartLimit {
  unsigned seconds = 0;  ///< then this rank ends, and the launcher the others; 0 = any time
  int status = 1;        ///< its exit status
};

/// Starts MPI (thread level FUNNELED: only the thread that made the session may communicate) and ends it.
/// One per process, made in main() before anything else. Throws UserError where MPI offers less than FUNNELED.
class Session {
 public:
  Session(int& argc, char**& argv, const StartLimit& limit = {});
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Ends MPI before the session is destroyed: ranks wait here for each other.
  void end();
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
  explicit Request(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// An error that every rank of the job throws alike: each can end by itself, and one of them says why.
class SharedError : public UserError {
 public:
  using UserError::UserError;
};

/// The ranks that share one job. Without mpirun, and without a Session, there is one rank and every call still works.
/// Every call but send, receive, signal, await and abort is collective: all ranks make it in the same order, with the
/// same root and number of values. Any length will do: transfers beyond MPI's int counts are cut into pieces. Errors of
/// MPI itself end the whole job.
class Communicator {
 public:
  /// All ranks of the job (one rank where no Session exists).
  static Communicator world();

  int rank() const { return rank_; }
  int size() const { return size_; }
  /// The ranks on this rank's machine, itself among them; ascending.
  std::vector<int> on_host() const;

  void barrier() const;
  /// Sends root's bytes to all; the size may differ on entry and is root's on return.
  void broadcast(std::vector<std::byte>& bytes, int root) const;
  void broadcast(std::span<float> values, int root) const;
  std::int64_t max(std::int64_t value) const;
  /// Runs `body` on every rank. Where it throws UserError on some, every rank throws a SharedError with the message of
  /// the lowest such rank, so that all leave together; `[rank 3]` stands before it unless every rank failed. With one
  /// rank the error passes as it is. `body` does not communicate: a rank that failed would not take part. Throws
  /// InternalError, on one rank too, where `body` fails together itself.
  void fail_together(const std::function<void()>& body) const;
  /// Every rank's bytes, in rank order, on every rank.
  std::vector<std::vector<std::byte>> all_gather(std::span<const std::byte> bytes) const;
  /// As all_gather, but only `root` gets them; others get an empty list.
  std::vector<std::vector<std::byte>> gather(std::span<const std::byte> bytes, int root) const;

  /// To and from another rank; 0 <= tag < 32767. Messages of one pair of ranks and one tag keep their order.
  Request send(std::span<const float> values, int to, int tag) const;
  Request receive(std::span<float> values, int from, int tag) const;
  /// As send and receive, but with nothing in the message: it tells that what it stands for has been done.
  Request signal(int to, int tag) const;
  Request await(int from, int tag) const;
  /// As broadcast(values, root), but does not wait.
  Request start_broadcast(std::span<float> values, int root) const;
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
