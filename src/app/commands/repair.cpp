#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "acrtc/record/run_reader.hpp"
#include "commands.hpp"
#include "output_file.hpp"

namespace acrtc::app {
namespace {

class Repair : public Command {
 public:
  explicit Repair(CLI::App& options) {
    options.add_option("log", log_, "the log of a killed run")->required();
    options.add_option("-o,--out", out_, "where the repaired log goes; the same place where left out");
  }

  void prepare(const Surroundings&) override {
    if (!out_.empty()) check_output(out_, store::Existing::refuse);
  }

  int run(const Surroundings& surroundings) override {
    if (surroundings.ranks.rank() != 0) return status_ok;
    const std::string to = out_.empty() ? log_ : out_;
    make_folder_of(to);
    record::repair(log_, to);
    fmt::print("{} holds {} complete steps and opens with every HDF5 tool.\n", to, record::RunReader(to).rows("steps"));
    return status_ok;
  }

 private:
  std::string log_, out_;
};

}  // namespace

std::unique_ptr<Command> make_repair(CLI::App& options) { return std::make_unique<Repair>(options); }

}  // namespace acrtc::app
