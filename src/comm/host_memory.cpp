#include "acrtc/comm/host_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "acrtc/base/error.hpp"

namespace acrtc::comm {
namespace {

/// Closes what it holds, -1 = nothing.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  ~Descriptor() {
    if (is_open()) close(number_);
  }
  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }

 private:
  int number_;
};

Descriptor none() { return Descriptor(-1); }

/// Where others find a rank's memory. The file's own numbers tell that a process of that number is the one meant: in
/// containers it may be another.
struct Address {
  pid_t process = 0;
  int descriptor = -1;
  dev_t device = 0;
  ino_t file = 0;

  bool is(const struct stat& found) const { return found.st_dev == device && found.st_ino == file; }
};

/// Whether files may be as large (ulimit -f); the system ends who tries, and takes such memory for a file.
bool files_may_have(std::size_t bytes) {
  struct rlimit limit {};
  return getrlimit(RLIMIT_FSIZE, &limit) == 0 && bytes <= limit.rlim_cur;
}

/// Memory with a descriptor but no name: nothing is left behind, however a job ends. Taken at once, so that the lack of
/// it is an answer and not a signal later.
Descriptor create(std::size_t bytes) {
  if (!files_may_have(bytes)) return none();
  Descriptor memory(memfd_create("acrtc", MFD_CLOEXEC));
  if (!memory.is_open()) return none();
  int error = EINTR;
  while (error == EINTR) error = posix_fallocate(memory.number(), 0, static_cast<off_t>(bytes));
  return error == 0 ? std::move(memory) : none();
}

Address address_of(const Descriptor& memory) {
  struct stat own {};
  if (!memory.is_open() || fstat(memory.number(), &own) != 0) return {};
  return {getpid(), memory.number(), own.st_dev, own.st_ino};
}

Descriptor open_of(const Address& address) {
  if (address.descriptor < 0) return none();
  const auto path = "/proc/" + std::to_string(address.process) + "/fd/" + std::to_string(address.descriptor);
  struct stat found {};
  if (stat(path.c_str(), &found) != 0 || !address.is(found)) return none();
  return Descriptor(open(path.c_str(), O_RDWR | O_CLOEXEC));
}

float* map(std::size_t bytes, int kind, int descriptor) {
  void* mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, kind, descriptor, 0);
  return mapped == MAP_FAILED ? nullptr : static_cast<float*>(mapped);
}

/// Of all processes; null where it cannot be seen.
float* map_shared(const Descriptor& memory, std::size_t bytes) {
  return memory.is_open() ? map(bytes, MAP_SHARED, memory.number()) : nullptr;
}

/// Of this process alone.
float* map_private(std::size_t bytes) {
  float* memory = map(bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  if (!memory) throw std::bad_alloc();
  madvise(memory, bytes, MADV_HUGEPAGE);  // only asks
  return memory;
}

}  // namespace

void HostMemory::Unmap::operator()(float* memory) const { munmap(memory, bytes); }

/// What a rank has made stays open until all others have opened it.
HostMemory::HostMemory(const Communicator& ranks, std::size_t floats)
    : rank_(ranks.rank()), floats_(floats), of_rank_(ranks.size()) {
  const std::size_t bytes = std::max<std::size_t>(1, floats) * sizeof(float);
  const auto on_host = ranks.on_host();
  const Descriptor own = on_host.size() > 1 ? create(bytes) : none();
  const Address address = address_of(own);
  const auto addresses = ranks.all_gather(std::as_bytes(std::span(&address, 1)));
  bool sees_all = true;
  for (const int rank : on_host) {
    Address other;
    std::memcpy(&other, addresses[rank].data(), sizeof other);
    of_rank_[rank] = Mapping(map_shared(open_of(other), bytes), Unmap{bytes});
    sees_all = sees_all && of_rank_[rank];
  }
  const auto answers = ranks.all_gather(std::as_bytes(std::span(&sees_all, 1)));
  if (std::ranges::all_of(on_host, [&](int rank) { return answers[rank].front() != std::byte{0}; })) return;
  for (auto& memory : of_rank_) memory.reset();
  of_rank_[rank_] = Mapping(map_private(bytes), Unmap{bytes});
}

HostArray HostMemory::array(std::size_t begin, std::size_t floats) const {
  require(begin + floats <= floats_, "an array lies in the memory");
  std::vector<std::span<float>> arrays;
  for (const auto& memory : of_rank_)
    arrays.push_back(memory ? std::span(memory.get() + begin, floats) : std::span<float>());
  return {rank_, std::move(arrays)};
}

}  // namespace acrtc::comm
