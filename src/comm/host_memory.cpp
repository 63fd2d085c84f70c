#include "acrtc/comm/host_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <utility>

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
  if (memory.is_open() && posix_fallocate(memory.number(), 0, static_cast<off_t>(bytes)) == 0) return memory;
  return none();
}

Address address_of(const Descriptor& memory) {
  struct stat own {};
  if (!memory.is_open() || fstat(memory.number(), &own) != 0) return {};
  return {getpid(), memory.number(), own.st_dev, own.st_ino};
}

Descriptor open_of(const Address& address) {
  if (address.descriptor < 0) return none();
  const auto path = "/proc/" + std::to_string(address.process) + "/fd/" + std::to_string(address.descriptor);
  Descriptor memory(open(path.c_str(), O_RDWR | O_CLOEXEC));
  struct stat found {};
  if (!memory.is_open() || fstat(memory.number(), &found) != 0 || !address.is(found)) return none();
  return memory;
}

/// What each of `of`, this rank among them, has made of `bytes`, in their order; nothing where one of them cannot see
/// all of that. All ranks together.
std::vector<Descriptor> open_all(std::span<const int> of, std::size_t bytes, const Communicator& ranks) {
  const Descriptor own = of.size() > 1 ? create(bytes) : none();
  const Address address = address_of(own);
  const auto addresses = ranks.all_gather(std::as_bytes(std::span(&address, 1)));
  std::vector<Descriptor> opened;
  for (const int rank : of) {
    Address other;
    std::memcpy(&other, addresses[rank].data(), sizeof other);
    opened.push_back(open_of(other));
  }
  const bool sees_all = std::ranges::all_of(opened, &Descriptor::is_open);
  const auto answers = ranks.all_gather(std::as_bytes(std::span(&sees_all, 1)));
  if (std::ranges::any_of(of, [&](int rank) { return answers[rank].front() == std::byte{0}; })) opened.clear();
  return opened;
}

/// Of this process alone where `memory` is none.
float* map(const Descriptor& memory, std::size_t bytes) {
  const int kind = memory.is_open() ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
  void* mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, kind, memory.number(), 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  madvise(mapped, bytes, MADV_HUGEPAGE);  // only asks
  return static_cast<float*>(mapped);
}

}  // namespace

void HostMemory::Unmap::operator()(float* memory) const { munmap(memory, bytes); }

HostMemory::HostMemory(const Communicator& ranks, std::size_t floats) : rank_(ranks.rank()), of_rank_(ranks.size()) {
  const std::size_t bytes = std::max<std::size_t>(1, floats) * sizeof(float);
  const auto on_host = ranks.on_host();
  const auto opened = open_all(on_host, bytes, ranks);
  for (std::size_t i = 0; i < opened.size(); ++i) of_rank_[on_host[i]] = Mapping(map(opened[i], bytes), Unmap{bytes});
  if (opened.empty()) of_rank_[rank_] = Mapping(map(none(), bytes), Unmap{bytes});
}

HostArray HostMemory::array(std::size_t begin, std::size_t floats) const {
  std::vector<std::span<float>> arrays;
  for (const auto& memory : of_rank_)
    arrays.push_back(memory ? std::span(memory.get() + begin, floats) : std::span<float>());
  return {rank_, std::move(arrays)};
}

}  // namespace acrtc::comm
