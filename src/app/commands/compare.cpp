#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "acrtc/base/error.hpp"
#include "acrtc/study/comparison.hpp"
#include "commands.hpp"
#include "summary_data.hpp"

namespace acrtc::app {
namespace {

class Compare : public Command {
 public:
  explicit Compare(CLI::App& options) {
    options.add_option("logs", logs_, "run logs; those that differ in their seed alone are repetitions")
        ->required()
        ->expected(2, 10000);
    options.add_option("--format", format_, "text, json or csv")->check(CLI::IsMember({"text", "json", "csv"}));
  }

  int run(const Surroundings& surroundings) override {
    if (surroundings.ranks.rank() != 0) return status_ok;
    refuse_repetitions();
    std::vector<study::ComparedRun> runs;
    for (const std::string& log : logs_) runs.push_back(study::compared_run(record::RunReader(log)));
    const study::Comparison comparison = study::compare(std::move(runs));
    if (format_ == "json")
      fmt::print("{}\n", json_of(comparison).dump(2));
    else if (format_ == "csv")
      fmt::print("{}", csv_of(comparison));
    else
      study::print(std::cout, comparison);
    return status_ok;
  }

 private:
  /// A log that is given twice would count as two runs of one seed.
  void refuse_repetitions() const {
    for (std::size_t i = 0; i < logs_.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) {
        std::error_code ignored;  // reading a log that is not there says so
        if (logs_[i] == logs_[j] || std::filesystem::equivalent(logs_[i], logs_[j], ignored))
          throw UserError("cannot compare '" + logs_[i] + "' with itself", "the log is given twice",
                          "give each log once");
      }
  }

  std::vector<std::string> logs_;
  std::string format_ = "text";
};

}  // namespace

std::unique_ptr<Command> make_compare(CLI::App& options) { return std::make_unique<Compare>(options); }

}  // namespace acrtc::app
