#pragma once

#include <cstdint>

#include "acrtc/base/tensor.hpp"

namespace acrtc::reuse {

class Im2col;
class Col2im;
class StoredMatrix;

/// Which index of a matrix block runs fastest in memory.
/// `rows`: block[r][c], each row contiguous. `columns`: block[c][r], each column contiguous.
enum class Major { rows, columns };

/// A matrix that is delivered block by block and need never exist as a whole. Blocks come rounded to the format:
/// as FP32 values, or, where loads_halves(format), as 16 bits each. load() is const, called from several threads at
/// once.
class Operand {
 public:
  virtual ~Operand() = default;

  virtual std::int64_t rows() const = 0;
  virtual std::int64_t cols() const = 0;
  /// The layout in which load() writes: the direction in which the source is contiguous.
  virtual Major major() const = 0;
  /// True where a whole copy costs no more than the tensor it is made of; false for an im2col matrix.
  virtual bool compact() const = 0;
  /// Rows or columns that lie together in the source: whole multiples of them are loaded fastest.
  virtual std::int64_t row_run() const { return 1; }
  virtual std::int64_t column_run() const { return 1; }
  /// This operand, where it is an im2col matrix: its columns share elements. Null for others.
  virtual const Im2col* im2col() const { return nullptr; }
  /// What this operand is the transpose of, where that is an im2col matrix. Null for others.
  virtual const Im2col* im2col_transposed() const { return nullptr; }

  /// This operand, or what it is the transpose of, where that lies in memory as a matrix. Null for others.
  virtual const StoredMatrix* stored() const { return nullptr; }
  virtual const StoredMatrix* stored_transposed() const { return nullptr; }

  /// Writes the block [rows) x [cols). Major::rows: out is rows.size() x cols.size(); Major::columns: transposed.
  virtual void load(Range rows, Range cols, MatrixView<float> out) const = 0;
  virtual void load(Range rows, Range cols, MatrixView<std::uint16_t> out) const = 0;
};

/// Takes C = A * B block by block. Blocks of one GEMM never overlap.
class Result {
 public:
  virtual ~Result() = default;

  /// Called once before the first store with the row ranges that threads work on: each slab's rows arrive in ascending
  /// order, without gaps, from one thread, different slabs concurrently. A single slab's columns may arrive
  /// concurrently.
  virtual void begin(std::int64_t slabs, std::int64_t rows_per_slab);
  /// c holds some columns of some rows: [rows x cols] for Major::rows, [cols x rows] for Major::columns.
  virtual void store(std::int64_t slab, Range rows, Range cols, Major major, MatrixView<const float> c) = 0;
  /// Called once, from one thread, after the last store.
  virtual void end();
  /// False where store() is to be given all n columns of its rows.
  virtual bool takes_some_columns() const { return true; }
  /// This result, where it adds im2col-shaped blocks up to an image: there are other ways to that sum. Null for others.
  virtual const Col2im* col2im() const { return nullptr; }
};

}  // namespace acrtc::reuse
