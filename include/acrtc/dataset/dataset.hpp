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

/// One sample to read. `epoch` selects the draw of the random augmentation; each (seed, epoch, index) has its own.
struct SampleRequest {
  Split split = Split::train;
  std::int64_t index = 0;  ///< 0 .. size(split) - 1
  std::uint32_t epoch = 0;
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
};

}  // namespace acrtc::dataset
