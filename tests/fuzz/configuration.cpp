#include "configuration.hpp"

#include "config_file.hpp"
#include "fuzz/input.hpp"

using namespace acrtc;
using namespace acrtc::app;

namespace {

/// What is written of a configuration must read back as the same.
void check_written(const Configuration& configuration) {
  const std::string written = to_toml(configuration, Comments::none);
  try {
    if (to_toml(Configuration(parse_toml(written, "written")), Comments::none) == written) return;
  } catch (const UserError& error) {
    throw std::logic_error(std::string("what was written does not read: ") + error.what());
  }
  throw std::logic_error("what was written reads as another configuration");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  fuzz::try_reading([&] { check_written(Configuration(parse_toml(text, "fuzz"))); });
  return fuzz::try_reading([&] {
    Table table;
    assign(table, text.substr(0, text.find('\n')));
    check_written(Configuration(table));
  });
}
