#include "heartbeat.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

namespace acrtc::comm {
namespace {

const sockaddr* generic(const sockaddr_in& address) { return reinterpret_cast<const sockaddr*>(&address); }
sockaddr* generic(sockaddr_in& address) { return reinterpret_cast<sockaddr*>(&address); }

}  // namespace

HeartbeatSocket::HeartbeatSocket() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_ANY);
  ::bind(socket_, generic(any), sizeof any);
}

HeartbeatSocket::~HeartbeatSocket() {
  if (socket_ >= 0) ::close(socket_);
}

std::vector<sockaddr_in> HeartbeatSocket::addresses() const {
  sockaddr_in own{};
  socklen_t length = sizeof own;
  getsockname(socket_, generic(own), &length);
  std::vector<sockaddr_in> addresses;
  ifaddrs* interfaces = nullptr;
  if (getifaddrs(&interfaces) != 0) return addresses;
  for (const ifaddrs* i = interfaces; i; i = i->ifa_next) {
    if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET || !(i->ifa_flags & IFF_UP)) continue;
    addresses.push_back(*reinterpret_cast<const sockaddr_in*>(i->ifa_addr));
    addresses.back().sin_port = own.sin_port;
  }
  freeifaddrs(interfaces);
  return addresses;
}

void HeartbeatSocket::send(const Heartbeat& heartbeat, std::span<const sockaddr_in> to) const {
  for (const sockaddr_in& address : to)
    ::sendto(socket_, &heartbeat, sizeof heartbeat, 0, generic(address), sizeof address);
}

void HeartbeatSocket::receive(const std::function<void(const Heartbeat&, const sockaddr_in&)>& take) const {
  Heartbeat heartbeat;
  sockaddr_in from{};
  socklen_t length = sizeof from;
  while (::recvfrom(socket_, &heartbeat, sizeof heartbeat, 0, generic(from), &length) == sizeof heartbeat) {
    heartbeat.what.back() = 0;
    take(heartbeat, from);
    length = sizeof from;
  }
}

}  // namespace acrtc::comm
