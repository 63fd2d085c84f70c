#include <cmath>
#include <cstdio>
#include <filesystem>
#include <numbers>
#include <string>
#include <vector>

#include "../text_writer.hpp"
#include "acrtc/base/random.hpp"
#include "acrtc/dataset/synth.hpp"

namespace acrtc::dataset {
namespace {

constexpr std::uint32_t activities = 19, subjects = 8, train_subjects = 6, steps = 125, sensors = 45;
constexpr double samples_per_second = 25;

/// What a draw is for: the first counter of the random stream.
enum Purpose : std::uint32_t { level, amplitude, frequency, person, phase, noise };

struct Place {
  std::uint32_t activity, subject, segment;
};

/// How a sensor moves in an activity of a person.
struct Motion {
  double level, amplitude, turns_per_step;
};

std::vector<Motion> motions(const Random& random, const Place& at) {
  std::vector<Motion> result;
  for (std::uint32_t f = 0; f < sensors; ++f) {
    const double shift = 0.5 * random.normal(person, at.subject, f),
                 hertz = 0.5 + 3 * random.uniform(frequency, at.activity, f);
    result.push_back({2 * random.normal(level, at.activity, f) + shift, random.normal(amplitude, at.activity, f),
                      hertz / samples_per_second});
  }
  return result;
}

/// Each sensor swings in its activity's own way about a level that the person shifts.
void write_segment(const Random& random, const Place& at, const std::filesystem::path& path) {
  const std::uint32_t segment = (at.activity * subjects + at.subject) * 1000 + at.segment;
  const double start = random.uniform(phase, segment, 0);
  const std::vector<Motion> motion = motions(random, at);
  TextWriter text;
  for (std::uint32_t t = 0; t < steps; ++t)
    for (std::uint32_t f = 0; f < sensors; ++f) {
      const double turn = 2 * std::numbers::pi * (motion[f].turns_per_step * t + start);
      const double value =
          motion[f].level + motion[f].amplitude * std::sin(turn) + 0.3 * random.normal(noise, segment, t * sensors + f);
      text.print(f + 1 < sensors ? "%.5f," : "%.5f\n", value);
    }
  text.save(path);
}

/// As many segments of each person as the training samples ask for.
void write(const Settings&, const SynthRequest& request) {
  const Random random(request.seed, RandomStream::synthetic_data);
  const std::int64_t most = activities * train_subjects;
  const auto segments = static_cast<std::uint32_t>((request.train_samples + most - 1) / most);
  for (std::uint32_t a = 0; a < activities; ++a)
    for (std::uint32_t p = 0; p < subjects; ++p) {
      char folder[32], name[32];
      std::snprintf(folder, sizeof folder, "a%02u/p%u", a + 1, p + 1);
      std::filesystem::create_directories(request.out / folder);
      for (std::uint32_t s = 0; s < segments; ++s) {
        std::snprintf(name, sizeof name, "s%02u.txt", s + 1);
        write_segment(random, {a, p, s}, request.out / folder / name);
      }
    }
}

const Registration<SynthWriter> registration{"sports", "the tree a01/p1/s01.txt of 125 lines of 45 sensors", {}, write};

}  // namespace
}  // namespace acrtc::dataset
