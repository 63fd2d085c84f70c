#include <cmath>

#include "../text_writer.hpp"
#include "acrtc/base/random.hpp"
#include "acrtc/dataset/synth.hpp"

namespace acrtc::dataset {
namespace {

constexpr std::uint32_t features = 617, letters = 26;

const Setting<double> noise{"noise", 1.0, "standard deviation of a feature's noise; prototypes have 1", 0, 100};

/// What a draw is for: the first counter of the random stream.
enum Purpose : std::uint32_t { prototype, train_noise, test_noise };

void write_split(const Settings& settings, const SynthRequest& request, Split split, const char* name) {
  const Random random(request.seed, RandomStream::synthetic_data);
  const bool train = split == Split::train;
  const std::int64_t samples = train ? request.train_samples : request.test_samples;
  TextWriter text;
  for (std::uint32_t n = 0; n < samples; ++n) {
    const std::uint32_t label = n % letters;
    for (std::uint32_t f = 0; f < features; ++f) {
      const double value =
          random.normal(prototype, label, f) + settings[noise] * random.normal(train ? train_noise : test_noise, n, f);
      text.print("%.4f, ", std::tanh(value / 2));
    }
    text.print("%u.\n", label + 1);
  }
  text.save(request.out / name);
}

void write(const Settings& settings, const SynthRequest& request) {
  write_split(settings, request, Split::train, "isolet1+2+3+4.data");
  write_split(settings, request, Split::test, "isolet5.data");
}

const Registration<SynthWriter> registration{"isolet", "lines of 617 features and a letter 1. to 26.", describe(noise),
                                             write};

}  // namespace
}  // namespace acrtc::dataset
