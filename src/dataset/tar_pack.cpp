#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "acrtc/base/error.hpp"
#include "acrtc/dataset/pack.hpp"
#include "acrtc/dataset/tar.hpp"
#include "byte_stream.hpp"
#include "crc.hpp"
#include "file_bytes.hpp"
#include "pack_facts.hpp"

namespace acrtc::dataset {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view index_version = "acrtc-shard 1";
constexpr std::int64_t most_label_bytes = 16, most_sample_bytes = std::int64_t{1} << 30;

/// Of shards that others wrote: photographs, normalised as ImageNet's are.
const StoredFormat foreign_format{Encoding::jpeg, {3, 224, 224}, {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}};

template <class... T>
std::string format_text(const char* format, T... values) {
  char text[128];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

std::string shard_name(Split split, std::int64_t shard) {
  return format_text("%s-%06lld", name(split), static_cast<long long>(shard));
}

class TarPackWriter : public PackWriter {
 public:
  TarPackWriter(const fs::path& directory, const PackFacts& facts, std::int64_t shard_bytes)
      : directory_(directory), facts_(facts), shard_bytes_(shard_bytes) {}

  void begin(Split split) override {
    end_shard();
    split_ = split;
    shard_ = sample_ = 0;
  }

  void add(std::span<const std::uint8_t> bytes, std::int32_t label) override {
    if (tar_ && tar_->size() >= shard_bytes_) end_shard();
    if (!tar_) begin_shard();
    const std::string key = format_text("%09lld", static_cast<long long>(sample_++));
    const std::int64_t begin = tar_->add(key + (facts_.format.encoding == Encoding::jpeg ? ".jpg" : ".bin"), bytes);
    const std::string label_text = std::to_string(label);
    tar_->add(key + ".cls", {reinterpret_cast<const std::uint8_t*>(label_text.data()), label_text.size()});
    index_ += format_text("%lld %zu %d %08x\n", static_cast<long long>(begin), bytes.size(), label, crc32_of(bytes));
  }

  void finish() override {
    end_shard();
    write_facts(directory_ / "pack.txt", facts_);
  }

 private:
  void begin_shard() {
    tar_.emplace(directory_ / (shard_name(split_, shard_) + ".tar"));
    index_ = std::string(index_version) + "\n";
  }
  void end_shard() {
    if (!tar_) return;
    tar_->close();
    tar_.reset();
    index_ += format_text("end %08x\n", crc32_of(index_));
    write_file(directory_ / (shard_name(split_, shard_++) + ".index"),
               {reinterpret_cast<const std::uint8_t*>(index_.data()), index_.size()});
  }

  fs::path directory_;
  PackFacts facts_;
  std::int64_t shard_bytes_;
  Split split_ = Split::train;
  std::int64_t shard_ = 0, sample_ = 0;
  std::optional<TarWriter> tar_;
  std::string index_;
};

struct Sample {
  std::int64_t begin;
  std::uint32_t size, crc;
  std::int32_t label, shard;
};

struct ShardedSplit {
  std::vector<RandomAccessFile> shards;
  std::vector<Sample> samples;
  bool checked = true;  ///< all shards have an index with checksums
};

template <class T>
bool parse(std::string_view& text, T& value, int base) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  text.remove_prefix(end - text.data());
  return error == std::errc{} && (text.empty() || text.front() == ' ');
}

/// One line of an index. Places and sizes are checked against the shard.
Sample parse_sample(std::string_view line, const LineReader& lines, std::int64_t shard_size) {
  Sample sample{};
  if (!parse(line, sample.begin, 10) || !parse(line, sample.size, 10) || !parse(line, sample.label, 10) ||
      !parse(line, sample.crc, 16) || !line.empty())
    lines.fail("not BEGIN SIZE LABEL CRC32");
  if (sample.begin < 0 || sample.begin > shard_size || sample.size > shard_size - sample.begin ||
      sample.size > most_sample_bytes)
    lines.fail("the sample lies beyond the shard's " + std::to_string(shard_size) + " bytes, or is too large");
  if (sample.label < 0) lines.fail("label " + std::to_string(sample.label) + " is negative");
  return sample;
}

void read_index(const fs::path& path, ShardedSplit& split) {
  LineReader lines(path, "the index of a shard");
  if (const auto first = lines.next(); !first || *first != index_version)
    lines.fail("does not read '" + std::string(index_version) + "'");
  std::string before = std::string(index_version) + "\n";
  while (const auto line = lines.next()) {
    if (line->starts_with("end ")) {
      if (*line != format_text("end %08x", crc32_of(before))) lines.fail("the checksum of the index is wrong");
      if (lines.next()) lines.fail("follows the end");
      return;
    }
    before.append(*line) += '\n';
    split.samples.push_back(parse_sample(*line, lines, split.shards.back().size()));
    split.samples.back().shard = static_cast<std::int32_t>(split.shards.size() - 1);
  }
  lines.fail("the index ends early");
}

std::int32_t read_label(const RandomAccessFile& shard, const TarEntry& entry) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(std::min(entry.size, most_label_bytes)));
  shard.read(entry.begin, bytes);
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  text = text.substr(0, text.find_last_not_of(" \r\n") + 1);
  std::int32_t label = -1;
  if (!parse(text, label, 10) || !text.empty() || label < 0)
    throw UserError("cannot use '" + shard.path().string() + "'",
                    "byte " + std::to_string(entry.begin) + ": '" + printable(entry.name) + "' holds no label");
  return label;
}

/// Samples of a shard without an index: the files whose names agree up to their first point.
void read_headers(ShardedSplit& split) {
  const RandomAccessFile& shard = split.shards.back();
  const auto number = static_cast<std::int32_t>(split.shards.size() - 1);
  split.checked = false;
  std::string key;
  std::optional<TarEntry> data, label;
  const auto end_sample = [&] {
    if (data && label)
      split.samples.push_back(
          {data->begin, static_cast<std::uint32_t>(data->size), 0, read_label(shard, *label), number});
    else if (data || label)
      throw UserError("cannot use '" + shard.path().string() + "'",
                      "sample '" + printable(key) + "' lacks its " + (data ? ".cls" : ".jpg or .bin") + " file");
    data.reset(), label.reset();
  };
  for (const TarEntry& entry : list_tar(shard.path())) {
    const auto point = entry.name.find('.', entry.name.rfind('/') + 1);
    if (point == std::string::npos || entry.size > most_sample_bytes) continue;
    if (entry.name.compare(0, point, key) != 0) end_sample();
    key = entry.name.substr(0, point);
    const std::string kind = entry.name.substr(point);
    if (kind == ".cls") label = entry;
    if (kind == ".jpg" || kind == ".jpeg" || kind == ".bin") data = entry;
  }
  end_sample();
}

ShardedSplit open_split(const fs::path& directory, Split which) {
  ShardedSplit split;
  for (std::int64_t s = 0;; ++s) {
    const fs::path tar = directory / (shard_name(which, s) + ".tar"),
                   index = directory / (shard_name(which, s) + ".index");
    std::error_code unreadable;
    if (!fs::exists(tar, unreadable)) break;
    split.shards.emplace_back(tar);
    fs::exists(index, unreadable) ? read_index(index, split) : read_headers(split);
  }
  if (split.samples.empty())
    throw UserError("cannot find samples in '" + directory.string() + "'",
                    "no " + shard_name(which, 0) + ".tar with any", "make them with acrtc pack");
  return split;
}

class TarShards : public SampleStorage {
 public:
  TarShards(const fs::path& directory, std::int64_t classes)
      : train_(open_split(directory, Split::train)), test_(open_split(directory, Split::test)), classes_(classes) {
    std::int32_t most = 0;
    for (const Sample& sample : train_.samples) most = std::max(most, sample.label);
    if (classes_ == 0) classes_ = std::int64_t{most} + 1;
    for (const ShardedSplit* part : {&train_, &test_})
      for (const Sample& sample : part->samples)
        if (sample.label >= classes_)
          throw UserError("cannot use '" + part->shards[sample.shard].path().string() + "'",
                          "byte " + std::to_string(sample.begin) + ": label " + std::to_string(sample.label) +
                              " is not below the number of classes, " + std::to_string(classes_));
  }

  std::int64_t size(Split split) const override { return std::ssize(part(split).samples); }
  std::int64_t classes() const override { return classes_; }
  std::int32_t read(Split split, std::int64_t index, std::vector<std::uint8_t>& bytes) const override {
    const Sample& sample = part(split).samples[index];
    bytes.resize(sample.size);
    part(split).shards[sample.shard].read(sample.begin, bytes);
    if (part(split).checked) check_crc32(bytes, sample.crc, name(split, index));
    return sample.label;
  }
  std::string name(Split split, std::int64_t index) const override {
    const Sample& sample = part(split).samples[index];
    return part(split).shards[sample.shard].path().string() + ": byte " + std::to_string(sample.begin);
  }

 private:
  const ShardedSplit& part(Split split) const { return split == Split::train ? train_ : test_; }

  ShardedSplit train_, test_;
  std::int64_t classes_;
};

}  // namespace

std::unique_ptr<PackWriter> tar_pack_writer(const fs::path& directory, const PackFacts& facts,
                                            std::int64_t shard_bytes) {
  return std::make_unique<TarPackWriter>(directory, facts, shard_bytes);
}

Pack open_tar_pack(const fs::path& directory) {
  Pack pack;
  const fs::path facts = directory / "pack.txt";
  if (fs::exists(facts))
    pack.facts = read_facts(facts);
  else
    pack.facts.format = foreign_format;
  pack.storage = std::make_unique<TarShards>(directory, pack.facts.classes);
  pack.facts.classes = pack.storage->classes();
  return pack;
}

}  // namespace acrtc::dataset
