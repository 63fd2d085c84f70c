#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "acrtc/base/error.hpp"
#include "acrtc/dataset/image_list.hpp"
#include "acrtc/dataset/pack.hpp"
#include "acrtc/dataset/tar.hpp"
#include "byte_stream.hpp"
#include "crc.hpp"
#include "file_bytes.hpp"
#include "image_settings.hpp"
#include "pack_facts.hpp"

namespace acrtc::dataset {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view index_version = "acrtc-shard 1";
constexpr std::int64_t smallest_entry = 512;  // in an archive
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
      : directory_(directory), facts_{facts, {}, {}}, shard_bytes_(shard_bytes) {}

  void begin(Split split) override {
    end_shard();
    split_ = split;
  }

  void add(std::span<const std::uint8_t> bytes, std::int32_t label) override {
    if (tar_ && tar_->size() >= shard_bytes_) end_shard();
    if (!tar_) begin_shard();
    const std::string key = format_text("%09lld", static_cast<long long>(facts_.counts(split_).samples++));
    const bool jpeg = facts_.pack.format.encoding == Encoding::jpeg;
    const std::int64_t begin = tar_->add(key + (jpeg ? ".jpg" : ".bin"), bytes);
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
    tar_.emplace(directory_ / (shard_name(split_, facts_.counts(split_).shards) + ".tar"));
    index_ = std::string(index_version) + "\n";
  }
  void end_shard() {
    if (!tar_) return;
    tar_->close();
    tar_.reset();
    index_ += format_text("end %08x\n", crc32_of(index_));
    write_file(directory_ / (shard_name(split_, facts_.counts(split_).shards++) + ".index"),
               {reinterpret_cast<const std::uint8_t*>(index_.data()), index_.size()});
  }

  fs::path directory_;
  ShardFacts facts_;  ///< counts of what is written
  std::int64_t shard_bytes_;
  Split split_ = Split::train;
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
  const std::int64_t most = split.shards.back().size() / smallest_entry;
  while (const auto line = lines.next()) {
    if (line->starts_with("end ")) {
      if (*line != format_text("end %08x", crc32_of(before))) lines.fail("the checksum of the index is wrong");
      if (lines.next()) lines.fail("follows the end");
      return;
    }
    if (lines.line() - 1 > most) lines.fail("more samples than the shard holds");
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
  if (!parse(text, label, 10) || !text.empty() || label < 0 || label >= most_classes)
    throw UserError("cannot use '" + shard.path().string() + "'",
                    "byte " + std::to_string(entry.begin) + ": '" + printable(entry.name) + "' holds no label");
  return label;
}

/// Samples of a shard without an index: the files whose names agree up to their first point.
void read_headers(ShardedSplit& split) {
  const RandomAccessFile& shard = split.shards.back();
  const auto number = static_cast<std::int32_t>(split.shards.size() - 1);
  std::string key;
  std::optional<TarEntry> data, label;
  const auto end_sample = [&] {
    if (data && label)
      split.samples.push_back(
          {data->begin, static_cast<std::uint32_t>(data->size), 0, read_label(shard, *label), number});
    else if (data || label)
      throw UserError("cannot use '" + shard.path().string() + "'",
                      "sample '" + printable(key) + "' lacks its " + (data ? ".cls" : ".jpg") + " file");
    data.reset(), label.reset();
  };
  for (const TarEntry& entry : list_tar(shard.path())) {
    const auto point = entry.name.find('.', entry.name.rfind('/') + 1);
    if (point == std::string::npos || entry.size > most_sample_bytes) continue;
    if (entry.name.compare(0, point, key) != 0) end_sample();
    key = entry.name.substr(0, point);
    const std::string kind = entry.name.substr(point);
    if (kind == ".cls") label = entry;
    if (is_jpeg_ending(kind)) data = entry;
  }
  end_sample();
}

/// One more than the largest number of a split's shards, or of their indexes, in a folder.
std::int64_t count_shards(const fs::path& directory, Split which) {
  const std::string prefix = name(which) + std::string("-");
  std::int64_t shards = 0;
  std::error_code unreadable;  // has no shards, then
  for (const auto& entry : fs::directory_iterator(directory, unreadable)) {
    const std::string stem = entry.path().stem(), extension = entry.path().extension();
    if (!stem.starts_with(prefix) || (extension != ".tar" && extension != ".index")) continue;
    std::string_view digits = std::string_view(stem).substr(prefix.size());
    std::int64_t shard = 0;
    if (parse(digits, shard, 10) && stem == shard_name(which, shard)) shards = std::max(shards, shard + 1);
  }
  return shards;
}

[[noreturn]] void refuse(const fs::path& directory, const std::string& why) {
  throw UserError("cannot use the shards in '" + directory.string() + "'", why, "copy all files of the pack again");
}

bool is_there(const fs::path& file) {
  std::error_code unreadable;  // the open would fail as well
  return fs::exists(file, unreadable);
}

/// A split that acrtc pack wrote: all that pack.txt counts and nothing beside it, or samples would be lost unnoticed.
ShardedSplit open_packed(const fs::path& directory, Split which, const SplitCounts& counts) {
  const std::string counted = std::to_string(counts.shards) + " " + name(which) + " shards";
  if (const std::int64_t shards = count_shards(directory, which); shards > counts.shards)
    refuse(directory, "pack.txt counts " + counted + ", " + shard_name(which, shards - 1) + " is beyond");
  ShardedSplit split;
  for (std::int64_t s = 0; s < counts.shards; ++s) {
    const std::string shard = shard_name(which, s);
    for (const char* extension : {".tar", ".index"})
      if (!is_there(directory / (shard + extension)))
        refuse(directory, shard + extension + " is missing, pack.txt counts " + counted);
    split.shards.emplace_back(directory / (shard + ".tar"));
    read_index(directory / (shard + ".index"), split);
  }
  if (std::ssize(split.samples) != counts.samples)
    refuse(directory, "pack.txt counts " + std::to_string(counts.samples) + " " + name(which) +
                          " samples, the indexes hold " + std::to_string(split.samples.size()));
  return split;
}

/// A split that others wrote. Of what is behind its last shard nothing tells.
ShardedSplit open_foreign(const fs::path& directory, Split which) {
  const std::int64_t shards = count_shards(directory, which);
  ShardedSplit split;
  for (std::int64_t s = 0; s < shards; ++s) {
    const std::string shard = shard_name(which, s);
    if (is_there(directory / (shard + ".index")))
      refuse(directory, "pack.txt is missing, to which " + shard + ".index belongs");
    if (!is_there(directory / (shard + ".tar")))
      refuse(directory, shard + ".tar is missing, " + shard_name(which, shards - 1) + ".tar is there");
    split.shards.emplace_back(directory / (shard + ".tar"));
    read_headers(split);
  }
  if (split.samples.empty())
    throw UserError("cannot find samples in '" + directory.string() + "'",
                    "no " + shard_name(which, 0) + ".tar with any", "make them with acrtc pack");
  return split;
}

/// What is in the shards, and whether checksums of it are known.
struct Shards {
  ShardedSplit train, test;
  std::int64_t classes = 0;
  bool checked = false;
};

class TarShards : public SampleStorage {
 public:
  explicit TarShards(Shards shards) : shards_(std::move(shards)) {
    for (const ShardedSplit* part : {&shards_.train, &shards_.test})
      for (const Sample& sample : part->samples)
        if (sample.label >= shards_.classes)
          throw UserError("cannot use '" + part->shards[sample.shard].path().string() + "'",
                          "byte " + std::to_string(sample.begin) + ": label " + std::to_string(sample.label) +
                              " is not below the number of classes, " + std::to_string(shards_.classes));
    require_every_class(shards_.train.samples, shards_.classes,
                        shards_.train.shards.front().path().parent_path().string(), &Sample::label);
  }

  std::int64_t size(Split split) const override { return std::ssize(part(split).samples); }
  std::int64_t classes() const override { return shards_.classes; }
  std::int32_t read(Split split, std::int64_t index, std::vector<std::uint8_t>& bytes) const override {
    const Sample& sample = part(split).samples[index];
    bytes.resize(sample.size);
    part(split).shards[sample.shard].read(sample.begin, bytes);
    if (shards_.checked) check_crc32(bytes, sample.crc, name(split, index));
    return sample.label;
  }
  std::string name(Split split, std::int64_t index) const override {
    const Sample& sample = part(split).samples[index];
    return part(split).shards[sample.shard].path().string() + ": byte " + std::to_string(sample.begin);
  }

 private:
  const ShardedSplit& part(Split split) const { return split == Split::train ? shards_.train : shards_.test; }

  Shards shards_;
};

Pack make_pack(const PackFacts& facts, Shards shards) {
  return {facts, std::make_unique<TarShards>(std::move(shards))};
}

}  // namespace

std::unique_ptr<PackWriter> tar_pack_writer(const fs::path& directory, const PackFacts& facts,
                                            std::int64_t shard_bytes) {
  return std::make_unique<TarPackWriter>(directory, facts, shard_bytes);
}

Pack open_tar_pack(const fs::path& directory) {
  if (const fs::path text = directory / "pack.txt"; is_there(text)) {
    const ShardFacts facts = read_facts(text);
    return make_pack(facts.pack, {.train = open_packed(directory, Split::train, facts.train),
                                  .test = open_packed(directory, Split::test, facts.test),
                                  .classes = facts.pack.classes,
                                  .checked = true});
  }
  ShardedSplit train = open_foreign(directory, Split::train), test = open_foreign(directory, Split::test);
  const std::int64_t classes = std::int64_t{std::ranges::max(train.samples, {}, &Sample::label).label} + 1;
  return make_pack({foreign_format, classes}, {.train = std::move(train), .test = std::move(test), .classes = classes});
}

}  // namespace acrtc::dataset
