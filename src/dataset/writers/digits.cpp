#include "../text_writer.hpp"
#include "acrtc/dataset/synth.hpp"

namespace acrtc::dataset {
namespace {

constexpr SampleShape shape{1, 8, 8};
constexpr std::int64_t classes = 10;

/// One file; its last lines are the test samples.
void write(const Settings&, const SynthRequest& request) {
  const auto source = class_images(request, shape, classes);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(shape.elements()));
  TextWriter text;
  for (const Split split : {Split::train, Split::test})
    for (std::int64_t n = 0; n < (split == Split::train ? request.train_samples : request.test_samples); ++n) {
      source->draw(split, n, pixels);
      for (const std::uint8_t pixel : pixels) text.print("%d,", pixel / 15 < 16 ? pixel / 15 : 16);
      text.print("%d\n", static_cast<int>(n % classes));
    }
  text.save(request.out / "digits.csv");
}

const Registration<SynthWriter> registration{"digits", "lines of 64 pixels and a digit", {}, write};

}  // namespace
}  // namespace acrtc::dataset
