#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "acrtc/study/summary.hpp"
#include "commands.hpp"
#include "summary_data.hpp"

namespace acrtc::app {
namespace {

class Report : public Command {
 public:
  explicit Report(CLI::App& options) {
    options.add_option("log", log_, "a run log, of a finished run or of one that goes on")->required();
    options.add_option("--format", format_, "text, json or csv")->check(CLI::IsMember({"text", "json", "csv"}));
  }

  int run(const Surroundings& surroundings) override {
    if (surroundings.ranks.rank() != 0) return status_ok;
    const study::Summary summary = study::summarize(record::RunReader(log_));
    if (format_ == "json")
      fmt::print("{}\n", json_of(summary).dump(2));
    else if (format_ == "csv")
      fmt::print("{}", csv_of(summary));
    else
      study::print(std::cout, summary);
    return status_ok;
  }

 private:
  std::string log_, format_ = "text";
};

}  // namespace

std::unique_ptr<Command> make_report(CLI::App& options) { return std::make_unique<Report>(options); }

}  // namespace acrtc::app
