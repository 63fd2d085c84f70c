#include <algorithm>
#include <array>
#include <iterator>

#include "acrtc/base/checksum.hpp"
#include "acrtc/record/checkpoint.hpp"
#include "byte_stream.hpp"

namespace acrtc::record {
namespace {

constexpr std::array<char, 16> magic{'a', 'c', 'r', 't', 'c', '-', 'c', 'h', 'e', 'c', 'k', 'p', 'o', 'i', 'n', 't'};
constexpr std::uint64_t version = 4;

void put(ByteWriter& out, const train::LayerRecord& interval) {
  out.put(interval.step_begin);
  out.put(interval.step_end);
  out.put(std::uint64_t{interval.nodes.size()});
  for (const auto& gemms : interval.nodes) out.put_list(gemms);
}

void put(ByteWriter& out, const LogMark& log) {
  out.put(std::uint64_t{log.size()});
  for (const auto& [name, table] : log) {
    out.put_text(name);
    out.put(table.rows);
    out.put(std::uint64_t{table.checksums.size()});
    for (const auto& [column, sum] : table.checksums) {
      out.put_text(column);
      out.put(sum);
    }
  }
}

void put(ByteWriter& out, const train::TrainingState& state) {
  out.put(state.step);
  out.put(state.wall_seconds);
  out.put_list(state.weights);
  out.put(std::uint64_t{state.optimizer.size()});
  for (const auto& array : state.optimizer) out.put_list(array);
  out.put(state.loss_scale);
  out.put(state.learning_rate_factor);
  out.put_list(std::vector{state.decision});
  out.put(state.probe);
  out.put_list(state.policy);
  out.put(std::uint64_t{state.memories.size()});
  for (const auto& memory : state.memories) {
    out.put(memory.node);
    out.put(memory.gemm);
    out.put_list(memory.bytes);
  }
  put(out, state.interval);
  out.put_list(std::vector{state.epoch});
}

LogMark take_log(ByteReader& in) {
  LogMark log;
  for (auto tables = in.take<std::uint64_t>(); tables > 0; --tables) {
    TableMark& table = log[in.take_text()];
    table.rows = in.take<std::int64_t>();
    if (table.rows < 0) in.reject("a table of its log has a negative number of rows");
    for (auto columns = in.take<std::uint64_t>(); columns > 0; --columns) {
      const std::string column = in.take_text();
      table.checksums[column] = in.take<std::uint64_t>();
    }
  }
  return log;
}

template <Plain T>
T take_one(ByteReader& in) {
  const auto list = in.take_list<T>();
  if (list.size() != 1) in.reject("it holds " + std::to_string(list.size()) + " records where one is expected");
  return list.front();
}

control::Decision take_decision(ByteReader& in) {
  const auto decision = take_one<control::Decision>(in);
  if (static_cast<std::size_t>(decision.phase) >= std::size(control::phase_names) ||
      static_cast<std::size_t>(decision.reason) >= std::size(control::reason_names))
    in.reject("its controller's decision has an unknown phase or reason");
  return decision;
}

train::LayerRecord take_interval(ByteReader& in) {
  train::LayerRecord interval;
  interval.step_begin = in.take<std::int64_t>();
  interval.step_end = in.take<std::int64_t>();
  for (auto nodes = in.take<std::uint64_t>(); nodes > 0; --nodes)
    interval.nodes.push_back(in.take_list<train::GemmInterval>());
  return interval;
}

train::TrainingState take_state(ByteReader& in) {
  train::TrainingState state;
  state.step = in.take<std::int64_t>();
  if (state.step < 0) in.reject("its step is negative");
  state.wall_seconds = in.take<double>();
  state.weights = in.take_list<float>();
  for (auto arrays = in.take<std::uint64_t>(); arrays > 0; --arrays) state.optimizer.push_back(in.take_list<float>());
  state.loss_scale = in.take<train::LossScale::State>();
  state.learning_rate_factor = in.take<double>();
  state.decision = take_decision(in);
  state.probe = in.take<train::ProbeResult>();
  state.policy = in.take_list<std::byte>();
  for (auto memories = in.take<std::uint64_t>(); memories > 0; --memories) {
    const auto node = in.take<std::int64_t>(), gemm = in.take<std::int64_t>();
    state.memories.push_back({node, gemm, in.take_list<std::byte>()});
  }
  state.interval = take_interval(in);
  state.epoch = take_one<train::EpochRecord>(in);
  return state;
}

}  // namespace

std::vector<std::byte> encode(const Checkpoint& checkpoint) {
  ByteWriter file;
  file.put(magic);
  file.put(version);
  const std::size_t size_place = file.bytes().size(), sum_place = size_place + sizeof(std::uint64_t);
  file.put(std::uint64_t{});
  file.put(std::uint64_t{});
  const std::size_t begin = file.bytes().size();
  file.put_text(checkpoint.program);
  file.put_text(checkpoint.configuration);
  file.put(checkpoint.test_accuracy);
  file.put(static_cast<std::uint8_t>(checkpoint.log_ends_here));
  put(file, checkpoint.log);
  put(file, checkpoint.state);
  file.replace(size_place, std::uint64_t{file.bytes().size() - begin});
  file.replace(sum_place, checksum(file.bytes().subspan(begin)));
  return file.take();
}

Checkpoint decode(std::span<const std::byte> bytes, const std::string& origin) {
  ByteReader in(bytes, origin);
  if (bytes.size() < sizeof magic || in.take<std::array<char, 16>>() != magic)
    throw UserError("'" + origin + "' is no checkpoint", "it does not begin with 'acrtc-checkpoint'");
  if (const auto found = in.take<std::uint64_t>(); found != version)
    throw UserError("cannot read '" + origin + "'",
                    "it is a checkpoint of format version " + std::to_string(found) + ", this program reads version " +
                        std::to_string(version),
                    "use the program version that wrote it");
  const auto size = in.take<std::uint64_t>(), sum = in.take<std::uint64_t>();
  if (size != in.rest().size())
    in.reject("it has " + std::to_string(in.rest().size()) + " bytes of " + std::to_string(size));
  if (sum != checksum(in.rest())) in.reject("its bytes do not have the checksum that it names");
  Checkpoint checkpoint;
  checkpoint.program = in.take_text();
  checkpoint.configuration = in.take_text();
  checkpoint.test_accuracy = in.take<double>();
  checkpoint.log_ends_here = in.take<std::uint8_t>() != 0;
  checkpoint.log = take_log(in);
  checkpoint.state = take_state(in);
  if (!in.rest().empty()) in.reject("it is too long");
  return checkpoint;
}

}  // namespace acrtc::record
