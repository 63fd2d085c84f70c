/// Images/s of the photograph path (read, decode, crop, scale, normalise) against reading and decoding alone, by turns
/// on the same files and threads. Usage: bench_jpeg_input DIRECTORY [THREADS [CROP]]: an ImageNet tree, such as `acrtc
/// synth imagenet` writes.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <numeric>

#include "acrtc/base/parallel.hpp"
#include "acrtc/dataset/jpeg.hpp"
#include "acrtc/dataset/loader.hpp"

using namespace acrtc;
using namespace acrtc::dataset;

namespace {

constexpr std::int64_t batch = 32;
constexpr int rounds = 5, passes = 4;  // a round is long beside the first touch of the loader's memory

template <class Action>
double seconds(const Action& action) {
  const auto begin = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Every image as djpeg would decode it, whole.
void decode_alone(const Dataset& images, int threads) {
  const std::int64_t size = images.size(Split::train) / batch * batch;
  parallel_ranges(threads, passes * size, batch, [&](std::int64_t begin, std::int64_t end) {
    JpegDecoder decoder;
    Image image;
    std::vector<std::uint8_t> bytes;
    for (std::int64_t i = begin; i < end; ++i) {
      images.read_stored(Split::train, i % size, bytes);
      decoder.open(bytes, "image");
      decoder.decode(1, image);
    }
  });
}

void load(const Dataset& images, int threads, std::uint32_t epoch) {
  std::vector<std::uint32_t> order(static_cast<std::size_t>(images.size(Split::train)));
  std::iota(order.begin(), order.end(), 0U);
  const std::int64_t batches = std::ssize(order) / batch;
  Loader loader(
      images,
      {Split::train, epoch, passes * batches,
       [&](std::int64_t b) { return std::span<const std::uint32_t>(order).subspan(b % batches * batch, batch); }},
      {.threads = threads, .ahead = 4});
  for (std::int64_t b = 0; b < passes * batches; ++b) loader.next();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: bench_jpeg_input DIRECTORY [THREADS [CROP]]\n"), 2;
  const int threads = argc > 2 ? std::atoi(argv[2]) : 1;
  const auto& entry = Registry<Dataset>::instance().find("imagenet");
  Table table;
  table.set("directory", Value(Value::Data(std::string(argv[1]))));
  if (argc > 3) table.set("crop", Value(Value::Data(std::string(argv[3]))));
  const auto images = entry.make(Settings("dataset", table, entry.schema), 1);
  const double count = static_cast<double>(passes * (images->size(Split::train) / batch * batch));
  double best_alone = 1e30, best_path = 1e30;
  for (int round = 0; round < rounds; ++round) {
    best_alone = std::min(best_alone, seconds([&] { decode_alone(*images, threads); }));
    best_path = std::min(best_path, seconds([&] { load(*images, threads, static_cast<std::uint32_t>(round)); }));
  }
  std::printf("decoding alone %.0f images/s, whole path %.0f images/s, %.1f %%\n", count / best_alone,
              count / best_path, 100 * best_alone / best_path);
}
