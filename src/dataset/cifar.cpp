#include "acrtc/dataset/cifar.hpp"

#include <new>
#include <string>

#include "byte_stream.hpp"

namespace acrtc::dataset {

namespace {

void read_records(ByteStream& stream, const CifarRecord& record, ByteSamples& samples) {
  const std::size_t header = record.labels.size();
  std::vector<std::uint8_t> bytes(header + cifar_shape.elements());
  for (std::int64_t n = 0;; ++n) {
    const std::int64_t begin = stream.position();
    const std::size_t got = stream.read_some(bytes);
    if (got == 0 && n > 0) return;
    if (n == record.most) stream.fail_at(begin, "more records than a file has, " + std::to_string(n));
    if (got < bytes.size())
      stream.fail_at(begin, "record " + std::to_string(n) + " holds " + std::to_string(got) + " of " +
                                std::to_string(bytes.size()) + " bytes");
    for (std::size_t i = 0; i < header; ++i)
      if (bytes[i] >= record.labels[i])
        stream.fail_at(begin + static_cast<std::int64_t>(i), "label " + std::to_string(bytes[i]) +
                                                                 " is not below the number of classes, " +
                                                                 std::to_string(record.labels[i]));
    samples.labels.push_back(bytes[record.label]);
    samples.images.insert(samples.images.end(), bytes.begin() + header, bytes.end());
  }
}

}  // namespace

void read_cifar(const std::filesystem::path& path, const CifarRecord& record, ByteSamples& samples) {
  ByteStream stream(path, "CIFAR records");
  try {
    read_records(stream, record, samples);
  } catch (const std::bad_alloc&) {
    stream.fail_at(stream.position(), no_memory);
  }
}

}  // namespace acrtc::dataset
