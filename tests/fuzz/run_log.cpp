/// A run log whose datasets and attributes are missing, of other types, shapes or values; or whose bytes are edited.
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>

#include "acrtc/record/run_reader.hpp"
#include "acrtc/study/log_diff.hpp"
#include "acrtc/study/summary.hpp"
#include "fuzz/input.hpp"
#include "unit/record/sample_run.hpp"

using namespace acrtc;

namespace {

std::filesystem::path in_memory(const char* name) {
  return "/dev/shm/acrtc-fuzz-" + std::to_string(getpid()) + "-" + name + ".h5";
}

/// The fuzzer's bytes, three an edit: which object, what is done to it, and how.
class Edits {
 public:
  explicit Edits(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  struct Edit {
    std::uint8_t kind = 0, how = 0;
  };
  /// For the next object of the file, in its order.
  Edit next() {
    Edit edit;
    for (std::size_t i = 0; i + 2 < bytes_.size(); i += 3)
      if (bytes_[i] == object_) edit = {bytes_[i + 1], bytes_[i + 2]};
    ++object_;
    return edit;
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t object_ = 0;
};

enum Kind { drop = 1, other_type, other_rows, other_cells, other_values };

constexpr std::array<double, 6> values{-1, 0, 1, 300, 1e18, std::numeric_limits<double>::quiet_NaN()};

template <store::Element T>
std::vector<T> numbers(std::size_t count, std::uint8_t how) {
  const double value = values[how % values.size()];
  return std::vector<T>(
      count, std::is_integral_v<T> && !(value >= 0 && value < 256) ? static_cast<T>(-1) : static_cast<T>(value));
}

template <store::Element T>
void copy_numbers(const store::Dataset& from, store::Group& to, const std::string& name, Edits::Edit edit) {
  auto shape = from.shape();
  if (edit.kind == other_rows && !shape.empty()) shape[0] = edit.how % 8;
  if (edit.kind == other_cells) shape.push_back(1 + edit.how % 3);
  std::size_t count = 1;
  for (const auto size : shape) count *= static_cast<std::size_t>(size);
  auto content = edit.kind == other_type ? std::vector<T>(count) : from.read<T>();
  content.resize(count);
  if (edit.kind == other_values) content = numbers<T>(count, edit.how);
  to.create(name, std::span<const T>(content), shape);
}

void copy_dataset(const store::Dataset& from, store::Group& to, const std::string& name, Edits::Edit edit) {
  if (edit.kind == drop) return;
  if (from.type() == store::ElementType::text && edit.kind != other_type) {
    auto texts = from.read_text();
    if (edit.kind == other_rows) texts.resize(edit.how % 8);
    if (edit.kind == other_values) texts.assign(texts.size(), std::string(edit.how % 3, '/'));
    to.create_text(name, texts);
  } else if (from.type() == store::ElementType::f64 || edit.kind == other_type) {
    edit.how % 2 ? copy_numbers<double>(from, to, name, edit) : copy_numbers<std::int64_t>(from, to, name, edit);
  } else {
    copy_numbers<std::uint64_t>(from, to, name, edit);
  }
}

void copy_attributes(const store::Object& from, store::Object& to, Edits& edits) {
  for (const std::string& name : from.attributes()) {
    const auto [kind, how] = edits.next();
    if (kind == drop) continue;
    if (kind == other_type)
      to.set_attribute(name, std::int64_t{how});
    else if (kind == other_values)
      to.set_attribute(name, std::string(how % 3, '7'));
    else
      to.set_attribute(name, from.attribute(name));
  }
}

void copy_group(const store::Group& from, store::Group to, Edits& edits) {
  copy_attributes(from, to, edits);
  for (const std::string& name : from.datasets()) copy_dataset(from.dataset(name), to, name, edits.next());
  for (const std::string& name : from.groups())
    if (edits.next().kind != drop) copy_group(from.group(name), to.create_group(name), edits);
}

void write_edited(const std::filesystem::path& from, Edits edits, const std::filesystem::path& to) {
  const auto source = store::File::open(from);
  auto file = store::File::create(to, store::Existing::replace);
  copy_group(source.root(), file.root(), edits);
  file.close();
}

/// The columns of a run log are chunks for many rows, which take milliseconds each; here they lie plainly.
struct ValidLog {
  std::filesystem::path path = in_memory("valid");
  std::vector<std::uint8_t> bytes;

  ValidLog() {
    const auto written = in_memory("written");
    record::RunLog log(written, record::sample_description(), {.existing = store::Existing::replace});
    record::write_sample(log, 3);
    log.end(record::RunState::finished);
    write_edited(written, Edits({}), path);
    std::filesystem::remove(written);
    std::ifstream in(path, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  ~ValidLog() { std::filesystem::remove(path); }
};

/// Edits of the file's bytes where the first byte is odd.
void write_edited(const ValidLog& valid, std::span<const std::uint8_t> data, const std::filesystem::path& to) {
  if (data.empty() || data[0] % 2 == 0)
    return write_edited(valid.path, Edits(data.subspan(std::min<std::size_t>(1, data.size()))), to);
  const auto bytes = fuzz::edited(data, valid.bytes);
  std::ofstream(to, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ValidLog valid;
  static const record::RunReader original(valid.path);
  static const auto path = in_memory("edited"), repaired = in_memory("repaired");
  write_edited(valid, {data, size}, path);
  fuzz::try_reading([&] {
    const record::RunReader run(path);
    fuzz::try_reading([&] {
      std::ostringstream out;
      study::print(out, study::summarize(run));
    });
    fuzz::try_reading([&] { study::first_difference(run, original); });
    if (size > 0 && data[0] % 64 >= 62) fuzz::try_reading([&] { record::repair(path, repaired); });  // slow
  });
  std::filesystem::remove(path);
  std::filesystem::remove(repaired);
  return 0;
}
