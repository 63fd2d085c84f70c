#pragma once

#include "acrtc/reuse/im2col.hpp"

namespace acrtc::test {

using reuse::ColumnOrder;
using reuse::ConvGeometry;

/// Convolutions that take every way through run_blocks(): windows inside output rows and across them, blocks of several
/// samples and of parts of one, strides, groups, kernels of one pixel, borders narrower than the kernel.
inline const ConvGeometry convolutions[] = {
    {.samples = 3, .input = {2, 12, 12}, .channels = 2, .kernel_h = 5, .kernel_w = 5, .pad_h = 2, .pad_w = 2},
    {.samples = 2, .input = {5, 16, 40}, .channels = 5, .kernel_h = 3, .kernel_w = 3, .pad_h = 1, .pad_w = 1},
    {.samples = 9, .input = {40, 4, 4}, .channels = 40, .kernel_h = 3, .kernel_w = 3, .pad_h = 1, .pad_w = 1},
    {.samples = 2, .input = {3, 64, 48}, .channels = 3, .kernel_h = 7, .kernel_w = 5, .pad_h = 3, .pad_w = 2},
    {.samples = 2,
     .input = {6, 17, 16},
     .first_channel = 2,
     .channels = 3,
     .kernel_h = 3,
     .kernel_w = 3,
     .stride_h = 2,
     .stride_w = 2,
     .pad_h = 1,
     .pad_w = 1},
    {.samples = 4,
     .input = {8, 6, 8},
     .first_channel = 4,
     .channels = 4,
     .kernel_h = 3,
     .kernel_w = 3,
     .pad_h = 1,
     .pad_w = 1,
     .order = ColumnOrder::khkwc},
    {.samples = 2, .input = {3, 13, 13}, .channels = 3, .kernel_h = 3, .kernel_w = 3, .pad_h = 1, .pad_w = 1},
    {.samples = 2, .input = {3, 12, 12}, .channels = 3, .kernel_h = 5, .kernel_w = 5},
    {.samples = 3, .input = {7, 8, 8}, .channels = 7},
    {.samples = 5, .input = {140, 6, 6}, .channels = 140, .kernel_h = 3, .kernel_w = 3},  // a reduction in two pieces
    {.samples = 1, .input = {2, 9, 12}, .channels = 2, .kernel_h = 1, .kernel_w = 3, .stride_h = 3, .pad_w = 1},
    {.samples = 3, .input = {2, 55, 59}, .channels = 2, .kernel_h = 11, .kernel_w = 11, .stride_h = 4, .stride_w = 4},
    {.samples = 5,
     .input = {7, 27, 27},
     .first_channel = 3,
     .channels = 3,
     .kernel_h = 5,
     .kernel_w = 5,
     .pad_h = 2,
     .pad_w = 2},
    {.samples = 4,
     .input = {3, 20, 23},
     .channels = 3,
     .kernel_h = 5,
     .kernel_w = 4,
     .stride_h = 2,
     .stride_w = 3,
     .pad_h = 1,
     .pad_w = 3},
    {.samples = 9,
     .input = {112, 7, 7},
     .channels = 112,
     .kernel_h = 3,
     .kernel_w = 3,
     .pad_h = 1,
     .pad_w = 1,
     .order = ColumnOrder::khkwc},  // two pieces, both of all channels
    {.samples = 12, .input = {110, 5, 5}, .channels = 110, .kernel_h = 3, .kernel_w = 3, .pad_h = 1, .pad_w = 1},
    {.samples = 2, .input = {1, 6, 1203}, .channels = 1, .kernel_h = 3, .kernel_w = 2, .pad_h = 1},  // longer than a
                                                                                                     // piece
    {.samples = 3,
     .input = {24, 64, 48},
     .channels = 24,
     .kernel_h = 3,
     .kernel_w = 3,
     .pad_h = 1,
     .pad_w = 1},  // a sample of several blocks, some of which end in the next
    {.samples = 3, .input = {40, 4, 4}, .channels = 40, .kernel_h = 3, .kernel_w = 3, .pad_h = 1, .pad_w = 1},
    {.samples = 3,
     .input = {6, 15, 16},
     .first_channel = 2,
     .channels = 3,
     .kernel_h = 3,
     .kernel_w = 3,
     .stride_h = 2,
     .stride_w = 2,
     .pad_h = 1,
     .pad_w = 1},
    {.samples = 9,
     .input = {112, 8, 8},
     .channels = 112,
     .kernel_h = 3,
     .kernel_w = 3,
     .pad_h = 1,
     .pad_w = 1,
     .order = ColumnOrder::khkwc},
    {.samples = 3, .input = {140, 4, 8}, .channels = 140, .kernel_h = 3, .kernel_w = 3, .pad_h = 1, .pad_w = 1},
    {.samples = 40, .input = {3, 3, 1}, .channels = 3, .kernel_h = 2, .kernel_w = 1},  // two pixels a sample
};

/// Channels that fill vectors, whose input gradients are oneDNN's convolutions wherever it has them, turned and not:
/// rows of every kind, strides that skip pixels, a group, windows that span samples, last blocks that are not full.
inline const ConvGeometry wide_convolutions[] = {
    {.samples = 37, .input = {16, 9, 9}, .channels = 16, .kernel_h = 3, .kernel_w = 3, .pad_h = 1, .pad_w = 1},
    {.samples = 5,
     .input = {16, 9, 12},
     .channels = 16,
     .kernel_h = 3,
     .kernel_w = 3,
     .stride_h = 2,
     .stride_w = 2,
     .pad_h = 1,
     .pad_w = 1},
    {.samples = 3, .input = {32, 8, 8}, .channels = 32, .stride_h = 3, .stride_w = 2},
    {.samples = 25,
     .input = {48, 5, 5},
     .first_channel = 16,
     .channels = 32,
     .kernel_h = 3,
     .kernel_w = 3,
     .pad_h = 1,
     .pad_w = 1},
    {.samples = 4,
     .input = {16, 8, 10},
     .channels = 16,
     .kernel_h = 3,
     .kernel_w = 5,
     .pad_h = 1,
     .pad_w = 2,
     .order = ColumnOrder::khkwc},
    {.samples = 11,
     .input = {32, 6, 6},
     .channels = 32,
     .kernel_h = 3,
     .kernel_w = 3,
     .stride_h = 2,
     .stride_w = 1,
     .pad_h = 1,
     .pad_w = 1,
     .order = ColumnOrder::khkwc},
};

/// Calls check(geometry, outputs).
template <class Check>
void for_each_convolution(Check check) {
  for (const ConvGeometry& g : convolutions) check(g, g.channels % 2 == 0 ? 6 : 10);
  for (const ConvGeometry& g : wide_convolutions) check(g, 32);
}

}  // namespace acrtc::test
