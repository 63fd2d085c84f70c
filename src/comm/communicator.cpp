#include "acrtc/comm/communicator.hpp"

#include <mpi.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include "acrtc/base/error.hpp"
#include "start_alarm.hpp"

namespace acrtc::comm {
namespace {

// Far below MPI's limit of INT_MAX elements, and long enough that the cut costs nothing.
constexpr std::size_t piece_elements = std::size_t{1} << 24;
// The largest tag that every MPI library offers (MPI 3.1, section 8.1.2); callers use those below.
constexpr int gather_tag = 32767;

bool mpi_runs() {
  int started = 0, ended = 0;
  MPI_Initialized(&started);
  MPI_Finalized(&ended);
  return started && !ended;
}

/// Calls transfer(data, count, request) for each piece of `values` and appends the requests.
template <class T, class Transfer>
void start_pieces(std::span<T> values, std::vector<MPI_Request>& requests, Transfer transfer) {
  for (std::size_t begin = 0; begin < values.size(); begin += piece_elements) {
    const auto count = static_cast<int>(std::min(piece_elements, values.size() - begin));
    transfer(values.data() + begin, count, &requests.emplace_back(MPI_REQUEST_NULL));
  }
}

void start_broadcast_bytes(std::span<std::byte> bytes, int root, std::vector<MPI_Request>& requests) {
  start_pieces(bytes, requests, [&](std::byte* data, int count, MPI_Request* request) {
    MPI_Ibcast(data, count, MPI_BYTE, root, MPI_COMM_WORLD, request);
  });
}

void wait_for_all(std::vector<MPI_Request>& requests) {
  MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE);
}

/// Lives as long as the body of a fail_together(). A rank that failed in it answers the outer call, so the others must
/// not wait in an inner one: that would be a hang, and only where some ranks fail.
class Together {
 public:
  Together() { require(!std::exchange(lives_, true), "fail_together is called within fail_together"); }
  ~Together() { lives_ = false; }
  Together(const Together&) = delete;
  Together& operator=(const Together&) = delete;

 private:
  static inline bool lives_ = false;  // only the thread that made the session communicates
};

std::vector<std::byte> copy_of(std::span<const std::byte> bytes) { return {bytes.begin(), bytes.end()}; }

/// Of a message with this tag.
void require_partner(const Communicator& ranks, int other, int tag) {
  require(other != ranks.rank() && other >= 0 && other < ranks.size() && tag >= 0 && tag < gather_tag,
          "a message goes to another rank, or comes from one");
}

}  // namespace

Session::Session(int& argc, char**& argv, const StartLimit& limit) {
  int provided = MPI_THREAD_SINGLE;
  {
    const StartAlarm alarm(limit);
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
  }
  if (provided < MPI_THREAD_FUNNELED)
    throw UserError("cannot start MPI", "the library does not offer MPI_THREAD_FUNNELED",
                    "use an MPI library built with thread support");
}

Session::~Session() { end(); }

void Session::end() {
  if (mpi_runs()) MPI_Finalize();
}

struct Request::State {
  std::vector<MPI_Request> pieces;
};

Request::Request() = default;
Request::Request(std::unique_ptr<State> state) : state_(std::move(state)) {}
Request::Request(Request&&) noexcept = default;

Request::~Request() { wait(); }

Request& Request::operator=(Request&& other) noexcept {
  if (this != &other) {
    wait();
    state_ = std::move(other.state_);
  }
  return *this;
}

void Request::wait() {
  if (!state_) return;
  wait_for_all(state_->pieces);
  state_.reset();
}

bool Request::done() {
  if (!state_) return true;
  int all = 0;
  MPI_Testall(static_cast<int>(state_->pieces.size()), state_->pieces.data(), &all, MPI_STATUSES_IGNORE);
  if (all) state_.reset();
  return all;
}

Communicator Communicator::world() {
  int rank = 0, size = 1;
  if (mpi_runs()) {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
  }
  return {rank, size};
}

std::vector<int> Communicator::on_host() const {
  if (size_ == 1) return {0};
  MPI_Comm host = MPI_COMM_NULL;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &host);
  int size = 1;
  MPI_Comm_size(host, &size);
  std::vector<int> ranks(size);
  MPI_Allgather(&rank_, 1, MPI_INT, ranks.data(), 1, MPI_INT, host);
  MPI_Comm_free(&host);
  return ranks;
}

void Communicator::barrier() const {
  if (size_ > 1) MPI_Barrier(MPI_COMM_WORLD);
}

void Communicator::broadcast(std::vector<std::byte>& bytes, int root) const {
  if (size_ == 1) return;
  std::uint64_t length = bytes.size();
  MPI_Bcast(&length, 1, MPI_UINT64_T, root, MPI_COMM_WORLD);
  bytes.resize(length);
  std::vector<MPI_Request> requests;
  start_broadcast_bytes(bytes, root, requests);
  wait_for_all(requests);
}

void Communicator::broadcast(std::span<float> values, int root) const { start_broadcast(values, root).wait(); }

std::int64_t Communicator::max(std::int64_t value) const {
  if (size_ > 1) MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_INT64_T, MPI_MAX, MPI_COMM_WORLD);
  return value;
}

void Communicator::fail_together(const std::function<void()>& body) const {
  std::optional<std::string> failure;
  try {
    const Together alone;
    body();
  } catch (const UserError& error) {
    if (size_ == 1) throw;
    failure = error.what();
  }
  const auto first = size_ - max(failure ? size_ - rank_ : 0);
  if (first == size_) return;
  const bool every = max(failure ? 0 : 1) == 0;
  std::vector<std::byte> text = failure ? copy_of(std::as_bytes(std::span(*failure))) : std::vector<std::byte>{};
  broadcast(text, static_cast<int>(first));
  throw SharedError((every ? "" : "[rank " + std::to_string(first) + "] ") +
                    std::string(reinterpret_cast<const char*>(text.data()), text.size()));
}

std::vector<std::vector<std::byte>> Communicator::all_gather(std::span<const std::byte> bytes) const {
  if (size_ == 1) return {copy_of(bytes)};
  std::vector<std::uint64_t> lengths(size_);
  const std::uint64_t length = bytes.size();
  MPI_Allgather(&length, 1, MPI_UINT64_T, lengths.data(), 1, MPI_UINT64_T, MPI_COMM_WORLD);

  std::vector<std::vector<std::byte>> all(size_);
  std::vector<MPI_Request> requests;
  for (int rank = 0; rank < size_; ++rank) {
    all[rank] = rank == rank_ ? copy_of(bytes) : std::vector<std::byte>(lengths[rank]);
    start_broadcast_bytes(all[rank], rank, requests);
  }
  wait_for_all(requests);
  return all;
}

std::vector<std::vector<std::byte>> Communicator::gather(std::span<const std::byte> bytes, int root) const {
  if (size_ == 1) return {copy_of(bytes)};
  std::vector<std::uint64_t> lengths(rank_ == root ? size_ : 0);
  const std::uint64_t length = bytes.size();
  MPI_Gather(&length, 1, MPI_UINT64_T, lengths.data(), 1, MPI_UINT64_T, root, MPI_COMM_WORLD);

  std::vector<MPI_Request> requests;
  std::vector<std::vector<std::byte>> all(lengths.size());
  if (rank_ != root)
    start_pieces(bytes, requests, [&](const std::byte* data, int count, MPI_Request* request) {
      MPI_Isend(data, count, MPI_BYTE, root, gather_tag, MPI_COMM_WORLD, request);
    });
  for (int rank = 0; rank < static_cast<int>(all.size()); ++rank) {
    all[rank] = rank == rank_ ? copy_of(bytes) : std::vector<std::byte>(lengths[rank]);
    if (rank == rank_) continue;
    start_pieces(std::span(all[rank]), requests, [&](std::byte* data, int count, MPI_Request* request) {
      MPI_Irecv(data, count, MPI_BYTE, rank, gather_tag, MPI_COMM_WORLD, request);
    });
  }
  wait_for_all(requests);
  return all;
}

Request Communicator::send(std::span<const float> values, int to, int tag) const {
  require_partner(*this, to, tag);
  auto state = std::make_unique<Request::State>();
  start_pieces(values, state->pieces, [&](const float* data, int count, MPI_Request* request) {
    MPI_Isend(data, count, MPI_FLOAT, to, tag, MPI_COMM_WORLD, request);
  });
  return Request(std::move(state));
}

Request Communicator::receive(std::span<float> values, int from, int tag) const {
  require_partner(*this, from, tag);
  auto state = std::make_unique<Request::State>();
  start_pieces(values, state->pieces, [&](float* data, int count, MPI_Request* request) {
    MPI_Irecv(data, count, MPI_FLOAT, from, tag, MPI_COMM_WORLD, request);
  });
  return Request(std::move(state));
}

Request Communicator::signal(int to, int tag) const {
  require_partner(*this, to, tag);
  auto state = std::make_unique<Request::State>();
  MPI_Isend(nullptr, 0, MPI_BYTE, to, tag, MPI_COMM_WORLD, &state->pieces.emplace_back(MPI_REQUEST_NULL));
  return Request(std::move(state));
}

Request Communicator::await(int from, int tag) const {
  require_partner(*this, from, tag);
  auto state = std::make_unique<Request::State>();
  MPI_Irecv(nullptr, 0, MPI_BYTE, from, tag, MPI_COMM_WORLD, &state->pieces.emplace_back(MPI_REQUEST_NULL));
  return Request(std::move(state));
}

Request Communicator::start_broadcast(std::span<float> values, int root) const {
  if (size_ == 1) return {};
  auto state = std::make_unique<Request::State>();
  start_pieces(values, state->pieces, [&](float* data, int count, MPI_Request* request) {
    MPI_Ibcast(data, count, MPI_FLOAT, root, MPI_COMM_WORLD, request);
  });
  return Request(std::move(state));
}

Request Communicator::all_reduce_sum(std::span<float> values) const {
  if (size_ == 1) return {};
  auto state = std::make_unique<Request::State>();
  start_pieces(values, state->pieces, [&](float* data, int count, MPI_Request* request) {
    MPI_Iallreduce(MPI_IN_PLACE, data, count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD, request);
  });
  return Request(std::move(state));
}

void Communicator::abort(int status) const {
  std::fflush(nullptr);
  if (mpi_runs()) MPI_Abort(MPI_COMM_WORLD, status);
  std::_Exit(status);
}

std::string Communicator::library_version() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = {};
  int length = 0;
  MPI_Get_library_version(text, &length);
  return {text, static_cast<std::size_t>(length)};
}

}  // namespace acrtc::comm
