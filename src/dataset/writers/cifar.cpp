#include "acrtc/dataset/cifar.hpp"

#include <string>

#include "../file_bytes.hpp"
#include "acrtc/base/error.hpp"
#include "acrtc/dataset/synth.hpp"

namespace acrtc::dataset {
namespace {

constexpr std::int64_t fine_per_coarse = 5;

/// Writes samples `range` of a split as records; CIFAR-100's coarse label is a fifth of the fine one.
void write_records(const SynthRequest& request, const ClassImages& source, const CifarRecord& record, Split split,
                   Range range, const std::string& name) {
  if (range.size() > record.most)
    throw UserError("cannot make up " + std::to_string(range.size()) + " samples for '" + name + "'",
                    "its format has at most " + std::to_string(record.most), "ask for fewer --samples");
  const std::int64_t size = std::ssize(record.labels) + cifar_shape.elements();
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(range.size() * size));
  for (std::int64_t n = range.begin; n < range.end; ++n) {
    const auto to = std::span(bytes).subspan((n - range.begin) * size, size);
    const std::int64_t label = n % record.classes();
    to[0] = static_cast<std::uint8_t>(label / fine_per_coarse);
    to[record.label] = static_cast<std::uint8_t>(label);
    source.draw(split, n, to.subspan(record.labels.size()));
  }
  write_file(request.out / name, bytes);
}

void write_cifar10(const Settings&, const SynthRequest& request) {
  constexpr std::int64_t batches = 5;
  const CifarRecord record{.labels = {10}, .label = 0, .most = 10000};
  const auto source = class_images(request, cifar_shape, record.classes());
  for (std::int64_t b = 0; b < batches; ++b)
    write_records(request, *source, record, Split::train,
                  {request.train_samples * b / batches, request.train_samples * (b + 1) / batches},
                  "data_batch_" + std::to_string(b + 1) + ".bin");
  write_records(request, *source, record, Split::test, {0, request.test_samples}, "test_batch.bin");
}

void write_cifar100(const Settings&, const SynthRequest& request) {
  const CifarRecord record{.labels = {20, 100}, .label = 1, .most = 50000};
  const auto source = class_images(request, cifar_shape, record.classes());
  write_records(request, *source, record, Split::train, {0, request.train_samples}, "train.bin");
  write_records(request, *source, record, Split::test, {0, request.test_samples}, "test.bin");
}

const Registration<SynthWriter> cifar10{"cifar10", "CIFAR-10's binary records", {}, write_cifar10};
const Registration<SynthWriter> cifar100{"cifar100", "CIFAR-100's binary records", {}, write_cifar100};

}  // namespace
}  // namespace acrtc::dataset
