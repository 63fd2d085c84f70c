#pragma once

#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace acrtc::comm {

/// What a rank tells about itself, as a datagram.
struct Heartbeat {
  std::uint64_t job = 0;  ///< datagrams of other jobs are dropped
  std::int32_t rank = 0;
  std::int32_t leaves = 0;  ///< 1 = the last heartbeat
  std::int64_t step = 0;
  std::uint64_t notes = 0;      ///< how often the rank has got on
  std::array<char, 48> what{};  ///< zero-terminated
};

/// A UDP socket (IPv4) on all interfaces of this host.
class HeartbeatSocket {
 public:
  HeartbeatSocket();
  ~HeartbeatSocket();
  HeartbeatSocket(const HeartbeatSocket&) = delete;
  HeartbeatSocket& operator=(const HeartbeatSocket&) = delete;

  /// Where it is reached, of this host and of others.
  std::vector<sockaddr_in> addresses() const;
  /// Without waiting; a datagram that cannot be sent is lost.
  void send(const Heartbeat& heartbeat, std::span<const sockaddr_in> to) const;
  /// Hands on every heartbeat that has come.
  void receive(const std::function<void(const Heartbeat&, const sockaddr_in& from)>& take) const;

 private:
  int socket_;
};

}  // namespace acrtc::comm
