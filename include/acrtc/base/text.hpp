#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace acrtc {

std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// `did you mean 'window'?`, or empty where nothing known is near: more letters changed, or pairs of them swapped, than
/// a third of the name, rounded up.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& known);

/// The shortest decimal text that reads back as exactly the same double; always with a point or exponent.
std::string exact_text(double value);

/// Three significant digits with an SI prefix: si_text(0.0123, "s") is `12.3 ms`.
std::string si_text(double value, std::string_view unit);

/// Bytes with a binary prefix: `1.5 GiB`.
std::string bytes_text(double bytes);

}  // namespace acrtc
