#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace acrtc {

/// The shape of one sample: [channels, height, width]. A flat vector of f features is {f, 1, 1};
/// a sequence of t steps of f features is {t, 1, f}.
struct SampleShape {
  std::int64_t channels = 0, height = 1, width = 1;

  std::int64_t elements() const { return channels * height * width; }
  friend bool operator==(const SampleShape&, const SampleShape&) = default;
};

/// `1x28x28`, as messages and reports print it.
std::string to_string(const SampleShape& shape);

/// Memory aligned for any vector instruction, of huge pages where much is asked for and the system has them: tensors
/// are larger than what the CPU remembers the places of in small ones. To be freed by free_aligned().
void* allocate_aligned(std::size_t bytes);
void free_aligned(void* memory);

/// Memory aligned for any vector instruction, not initialised. Owns its bytes; moves, leaving nothing behind, does not
/// copy.
template <class T>
class AlignedBuffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t size) : size_(size), data_(allocate(size)) {}
  AlignedBuffer(AlignedBuffer&& other) noexcept : size_(std::exchange(other.size_, 0)), data_(std::move(other.data_)) {}
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    size_ = std::exchange(other.size_, 0);
    data_ = std::move(other.data_);
    return *this;
  }
  ~AlignedBuffer() = default;

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  std::span<T> span() { return {data(), size_}; }
  std::span<const T> span() const { return {data(), size_}; }

  /// Makes room for at least `size` elements; contents are lost when it grows.
  void reserve(std::size_t size) {
    if (size > size_) *this = AlignedBuffer(size);
  }

 private:
  struct Free {
    void operator()(T* p) const { free_aligned(p); }
  };
  static T* allocate(std::size_t size) { return static_cast<T*>(allocate_aligned(size * sizeof(T))); }

  std::size_t size_ = 0;
  std::unique_ptr<T[], Free> data_;
};

/// A batch of samples, x[n, c, h, w] in FP32, w fastest. Owns its memory.
class Tensor {
 public:
  Tensor() = default;
  Tensor(std::int64_t samples, SampleShape shape);  ///< all zero

  std::int64_t samples() const { return samples_; }
  const SampleShape& shape() const { return shape_; }
  std::int64_t elements() const { return samples_ * shape_.elements(); }

  float* data() { return data_.data(); }
  const float* data() const { return data_.data(); }
  std::span<float> values() { return {data(), static_cast<std::size_t>(elements())}; }
  std::span<const float> values() const { return {data(), static_cast<std::size_t>(elements())}; }
  std::span<float> sample(std::int64_t n);
  std::span<const float> sample(std::int64_t n) const;

  /// Changes the shape; memory is kept where it suffices, contents are unspecified.
  void resize(std::int64_t samples, SampleShape shape);
  void fill(float value);

 private:
  std::int64_t samples_ = 0;
  SampleShape shape_;
  AlignedBuffer<float> data_;
};

/// A matrix somebody else owns: m[r, c] at data[r * stride + c].
template <class T>
struct MatrixView {
  T* data = nullptr;
  std::int64_t rows = 0, cols = 0;
  std::int64_t stride = 0;  ///< elements from one row to the next, >= cols

  T* row(std::int64_t r) const { return data + r * stride; }
  T& operator()(std::int64_t r, std::int64_t c) const { return data[r * stride + c]; }

  operator MatrixView<const T>() const requires(!std::is_const_v<T>) { return {data, rows, cols, stride}; }
};

/// Rows, columns or elements [begin, end).
struct Range {
  std::int64_t begin = 0, end = 0;
  std::int64_t size() const { return end - begin; }
  friend bool operator==(const Range&, const Range&) = default;
};

/// What both have; empty where that is nothing.
inline Range overlap(Range a, Range b) {
  const std::int64_t begin = std::max(a.begin, b.begin);
  return {begin, std::max(begin, std::min(a.end, b.end))};
}

}  // namespace acrtc
