#include "acrtc/comm/watchdog.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "heartbeat.hpp"
#include "heartbeat_table.hpp"

namespace acrtc::comm {
namespace {

using Clock = HeartbeatTable::Clock;

/// How rank 0 is reached, in plain bytes.
struct Meeting {
  std::uint64_t job = 0;
  std::vector<sockaddr_in> addresses;
};

Meeting agree(const Communicator& ranks, const HeartbeatSocket& socket) {
  std::vector<std::byte> message;
  const auto append = [&](const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::byte*>(data);
    message.insert(message.end(), bytes, bytes + size);
  };
  if (ranks.rank() == 0) {
    const std::uint64_t job = std::random_device{}() | std::uint64_t{std::random_device{}()} << 32;
    const auto addresses = socket.addresses();
    append(&job, sizeof job);
    append(addresses.data(), addresses.size() * sizeof(sockaddr_in));
  }
  ranks.broadcast(message, 0);
  Meeting meeting;
  std::memcpy(&meeting.job, message.data(), sizeof meeting.job);
  meeting.addresses.resize((message.size() - sizeof meeting.job) / sizeof(sockaddr_in));
  if (!meeting.addresses.empty())
    std::memcpy(meeting.addresses.data(), message.data() + sizeof meeting.job,
                meeting.addresses.size() * sizeof(sockaddr_in));
  return meeting;
}

}  // namespace

class Watchdog::Impl {
 public:
  Impl(const Communicator& ranks, const WatchdogOptions& options)
      : is_root_(ranks.rank() == 0),
        options_(options),
        meeting_(agree(ranks, socket_)),
        table_(ranks.rank(), ranks.size(), options),
        // Rank 0 knows most. Others speak only after it, one after the other, so that one message comes.
        patience_(1 + 0.2 * ranks.rank()) {
    own_.job = meeting_.job;
    own_.rank = ranks.rank();
    meet();
    thread_ = std::thread([this] { watch(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      own_.leaves = 1;
    }
    wake_.notify_all();
    thread_.join();
    for (int i = 0; i < 3; ++i) send(own_);  // datagrams get lost
  }

  void note(std::int64_t step, const std::string& what) {
    const std::lock_guard lock(mutex_);
    own_.step = step;
    ++own_.notes;
    own_.what = {};
    what.copy(own_.what.data(), own_.what.size() - 1);
  }

 private:
  /// Several heartbeats fit the shortest time.
  Clock::duration interval() const {
    double seconds = 1;
    for (const double time : {options_.silence, options_.standstill})
      if (time > 0) seconds = std::min(seconds, time / 5);
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  }

  /// Waits for the first heartbeats: a rank that stopped before one came would be missed by nobody. Not for long, as
  /// none may ever pass.
  void meet() {
    const auto deadline = Clock::now() + std::chrono::seconds(1);
    for (exchange(own_, Clock::now()); !table_.is_complete() && Clock::now() < deadline; exchange(own_, Clock::now()))
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }

  void watch() {
    auto last = Clock::now();
    table_.forgive(last);
    for (std::unique_lock lock(mutex_); !ended_; wake_.wait_for(lock, interval(), [&] { return ended_; })) {
      const Heartbeat own = own_;
      lock.unlock();
      const auto now = Clock::now();
      exchange(own, now);
      if (now - std::exchange(last, now) > 4 * interval()) table_.forgive(now);  // this process itself stood still
      if (const auto verdict = table_.verdict(now, patience_)) end(*verdict);
      lock.lock();
    }
  }

  void exchange(const Heartbeat& own, Clock::time_point now) {
    table_.hear(own, now);
    send(own);
    socket_.receive([&](const Heartbeat& heard, const sockaddr_in& from) {
      if (heard.job != meeting_.job) return;
      table_.hear(heard, now);
      if (is_root_) socket_.send(own, std::span(&from, 1));
      if (is_root_) heard_from_[heard.rank] = from;
    });
  }

  /// Rank 0 answers each rank; it speaks by itself only to say that it leaves.
  void send(const Heartbeat& own) {
    if (!is_root_) return socket_.send(own, meeting_.addresses);
    if (own.leaves)
      for (const auto& [rank, address] : heard_from_) socket_.send(own, std::span(&address, 1));
  }

  [[noreturn]] void end(const std::string& verdict) const {
    std::fprintf(stderr, "acrtc: error: the job hangs: %s\n", verdict.c_str());
    std::fflush(stderr);
    std::_Exit(options_.status);  // the launcher ends the other ranks; MPI may be called from the main thread alone
  }

  bool is_root_;
  WatchdogOptions options_;
  HeartbeatSocket socket_;
  Meeting meeting_;
  HeartbeatTable table_;
  double patience_;
  std::map<int, sockaddr_in> heard_from_;  ///< on rank 0, by rank

  std::mutex mutex_;  ///< guards what follows
  std::condition_variable wake_;
  Heartbeat own_;
  bool ended_ = false;
  std::thread thread_;
};

Watchdog::Watchdog(const Communicator& ranks, const WatchdogOptions& options) {
  if (ranks.size() > 1 && (options.silence > 0 || options.standstill > 0))
    impl_ = std::make_unique<Impl>(ranks, options);
}

Watchdog::~Watchdog() = default;

void Watchdog::note(std::int64_t step, const std::string& what) {
  if (impl_) impl_->note(step, what);
}

}  // namespace acrtc::comm
