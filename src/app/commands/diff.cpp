#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "acrtc/study/log_diff.hpp"
#include "commands.hpp"

namespace acrtc::app {
namespace {

class Diff : public Command {
 public:
  explicit Diff(CLI::App& options) {
    options.add_option("a", a_, "a run log")->required();
    options.add_option("b", b_, "another one")->required();
    options.footer("Real times and attributes (hosts, ranks, versions) may differ. Exit status: 0 identical, 1 not.");
  }

  int run(const Surroundings& surroundings) override {
    if (surroundings.ranks.rank() != 0) return status_ok;
    const auto difference = study::first_difference(record::RunReader(a_), record::RunReader(b_));
    if (!difference) {
      fmt::print("{} and {} are bit-identical.\n", a_, b_);
      return status_ok;
    }
    fmt::print("{} and {} differ: {}\n", a_, b_, study::to_string(*difference));
    return status_differs;
  }

 private:
  std::string a_, b_;
};

}  // namespace

std::unique_ptr<Command> make_diff(CLI::App& options) { return std::make_unique<Diff>(options); }

}  // namespace acrtc::app
