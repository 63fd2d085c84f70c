#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "acrtc/base/tensor.hpp"
#include "acrtc/network/gemm_runner.hpp"
#include "acrtc/network/network.hpp"
#include "acrtc/record/log_layout.hpp"
#include "acrtc/record/provenance.hpp"
#include "acrtc/reuse/format.hpp"
#include "acrtc/store/file.hpp"

namespace acrtc::record {

/// Reads a run log: of a finished run, of one that was killed, or of one that goes on. Columns are named by group and
/// column ("steps/loss"); a group has as many rows as its shortest column, because a writer may have died between two.
class RunReader {
 public:
  /// Throws UserError saying what is wrong with the file and what to do: missing, no HDF5, no run log, a newer version.
  explicit RunReader(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  /// `1.0`
  const std::string& format_version() const { return format_version_; }
  const Provenance& provenance() const { return provenance_; }
  RunState state() const;
  /// False where gradients were summed by MPI's own all-reduce: other ranks give other bits.
  bool bit_reproducible() const { return bit_reproducible_; }

  std::int64_t nodes() const { return nodes_; }
  const std::vector<network::LayerInfo>& layers() const { return layers_; }
  const std::vector<network::GemmInfo>& gemms() const { return gemms_; }
  /// Of logs before 1.2 the default.
  const PricedPass& pass() const { return pass_; }
  reuse::Format format() const { return format_; }
  std::int64_t lanes() const { return lanes_; }
  std::int64_t window() const { return window_; }

  /// Rows of a row group ("steps") that are complete.
  std::int64_t rows(const std::string& group) const;
  /// Values of rows [begin, end), cells of a row adjacent: /nodes [step][node], /layers [interval][node][gemm].
  /// T is double, std::uint64_t or std::int64_t.
  template <class T>
  std::vector<T> column(const std::string& name, Range rows) const;
  /// All complete rows.
  template <class T>
  std::vector<T> column(const std::string& name) const;
  bool contains(const std::string& name) const;

  /// Every dataset of the file, "state" and "steps/loss" alike, in the order of the file.
  std::vector<std::string> datasets() const;
  /// One dataset as it lies in the file, for whoever compares or converts logs.
  store::Dataset dataset(const std::string& name) const;

  /// Looks for rows that a running writer has added.
  void refresh();

 private:
  void check_format() const;
  void read_network();
  void check_columns() const;

  std::filesystem::path path_;
  store::File file_;
  store::Group root_;
  std::string format_version_;
  Provenance provenance_;
  bool bit_reproducible_ = true;
  std::int64_t nodes_ = 0;
  std::vector<network::LayerInfo> layers_;
  std::vector<network::GemmInfo> gemms_;
  PricedPass pass_;
  reuse::Format format_ = reuse::Format::bf16;
  std::int64_t lanes_ = 0, window_ = 0;
  std::map<std::string, std::int64_t> rows_;  ///< by group
};

/// Copies what a killed run's log holds into a plain, compressed log. `to` is written as a whole or not at all, and may
/// be the same path. The state becomes `interrupted` where it said `running`.
void repair(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace acrtc::record
