#include <fmt/core.h>

#include "commands.hpp"
#include "config_options.hpp"

namespace acrtc::app {
namespace {

class ShowConfig : public Command {
 public:
  explicit ShowConfig(CLI::App& options) : config_(options) {}

  void prepare(const Surroundings&) override { text_ = to_toml(config_.load(), Comments::all); }

  int run(const Surroundings& surroundings) override {
    if (surroundings.ranks.rank() == 0) fmt::print("{}", text_);
    return status_ok;
  }

 private:
  ConfigOptions config_;
  std::string text_;
};

}  // namespace

std::unique_ptr<Command> make_show_config(CLI::App& options) { return std::make_unique<ShowConfig>(options); }

}  // namespace acrtc::app
