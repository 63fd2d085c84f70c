#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "acrtc/base/registry.hpp"
#include "acrtc/base/tensor.hpp"

namespace acrtc::dataset {

enum class Split { train, test };
const char* name(Split split);  ///< `train` or `test`

/// More than any data set has. Memory for classes is taken as labels ask for it, so that labels must be bounded.
constexpr std::int32_t most_classes = 1 << 24;

/// One sample to read. `epoch` selects the draw of the random augmentation; each (seed, epoch, index) has its own.
struct SampleRequest {
  Split split = Split::train;
  std::int64_t index = 0;  ///< 0 .. size(split) - 1
  std::uint32_t epoch = 0;
};

/// What the bytes of a stored sample are: unsigned bytes or little-endian FP32 [c, h, w], or a JPEG file.
enum class Encoding { u8, f32, jpeg };

/// What is needed to read stored samples again.
struct StoredFormat {
  Encoding encoding = Encoding::f32;
  SampleShape shape;                    ///< of u8 and f32 samples; where JPEG files go depends on who reads them
  std::vector<double> mean, deviation;  ///< one per channel on the scale 0 to 1; empty for f32
};

/// Samples that were broken and replaced by others, since the dataset was made.
struct Damage {
  std::int64_t samples = 0;           ///< distinct ones
  std::vector<std::string> messages;  ///< of the first ten
};

/// Labelled samples of one shape. A source is one .cpp in src/dataset/sources with one Registration<Dataset> line.
class Dataset {
 public:
  static constexpr const char* kind = "dataset";
  using Factory = std::function<std::unique_ptr<Dataset>(const Settings&, std::uint64_t seed)>;

  virtual ~Dataset() = default;

  virtual std::int64_t size(Split split) const = 0;
  virtual SampleShape shape() const = 0;
  virtual std::int64_t classes() const = 0;
  /// Bytes that an accelerator reads from its host for one sample (raw, undecoded tensors), for the input's cost.
  virtual std::int64_t input_bytes() const { return shape().elements(); }

  /// Writes the normalised sample, [c, h, w], to `out` and returns its label, 0 .. classes() - 1.
  /// Thread-safe. Throws UserError naming file and byte or line where the data are broken.
  virtual std::int32_t read(const SampleRequest& request, std::span<float> out) const = 0;

  /// How read_stored() gives samples: as near to the original files as samples can be stored one by one.
  virtual StoredFormat stored_format() const {
    return {.encoding = Encoding::f32, .shape = shape(), .mean = {}, .deviation = {}};
  }
  /// Replaces `bytes` by the sample as it is before normalisation and augmentation where the format says so, and
  /// returns its label. Thread-safe. Throws as read() does.
  virtual std::int32_t read_stored(Split split, std::int64_t index, std::vector<std::uint8_t>& bytes) const;

  /// Samples that lie in sequence and are cheaper read together; the order of an epoch moves them as one.
  virtual std::int64_t run_length() const { return 1; }
  virtual Damage damage() const { return {}; }
  /// Has read() found this sample broken? Where it has been read, the answer depends on the data alone.
  virtual bool found_broken(Split, std::int64_t /*index*/) const { return false; }
};

}  // namespace acrtc::dataset
