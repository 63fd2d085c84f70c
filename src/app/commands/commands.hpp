#pragma once

#include "command.hpp"

namespace acrtc::app {

std::unique_ptr<Command> make_train(CLI::App& options);
std::unique_ptr<Command> make_list(CLI::App& options);
std::unique_ptr<Command> make_show_config(CLI::App& options);
std::unique_ptr<Command> make_evaluate(CLI::App& options);
std::unique_ptr<Command> make_report(CLI::App& options);
std::unique_ptr<Command> make_compare(CLI::App& options);
std::unique_ptr<Command> make_diff(CLI::App& options);
std::unique_ptr<Command> make_gemm(CLI::App& options);
std::unique_ptr<Command> make_synth(CLI::App& options);
std::unique_ptr<Command> make_pack(CLI::App& options);
std::unique_ptr<Command> make_repair(CLI::App& options);

}  // namespace acrtc::app
