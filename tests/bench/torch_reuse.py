"""Reuse emulated with what PyTorch offers: unfolded operands, vectorised comparisons, autograd functions of our own.

What one would write without acrtc, by the same rules (scheme `acrtc`, granularity `product`): in each window of rows of
the compared operand an element takes the value of the first row with the same key, the key being sign, exponent and
upper mantissa bits. Every operation works on whole tensors; there is no Python loop over elements, rows or windows.
"""
from dataclasses import dataclass, field

import torch
from torch import nn
from torch.nn import functional

# The type whose bits are the key, its integer, and the bits below the format's mantissa in it.
KEY_TYPES = {"bf16": (torch.bfloat16, torch.int16, 0), "fp16": (torch.float16, torch.int16, 0),
             "tf32": (torch.float32, torch.int32, 13), "fp32": (torch.float32, torch.int32, 0)}


@dataclass
class Reuse:
    """What is compared, and how many elements were replaced so far, by role."""
    format: str = "bf16"
    window: int = 4
    dropped_bits: int = 4
    replaced: dict = field(default_factory=lambda: {"forward": 0, "grad_input": 0, "grad_weight": 0})

    def operand(self, x):
        """x rounded to the format, to nearest even."""
        if self.format != "tf32":
            return x.to(KEY_TYPES[self.format][0]).float()
        bits = x.contiguous().view(torch.int32)
        rounded = (bits + 0xFFF + (bits >> 13 & 1)) & ~0x1FFF
        return torch.where(x.isfinite(), rounded.view(torch.float32), x)

    def keys(self, a):
        floating, integer, below = KEY_TYPES[self.format]
        keys = a.to(floating).view(integer) & -(1 << (below + self.dropped_bits))
        return keys.masked_fill_(a == 0, 0)  # -0 is +0

    def apply(self, a, role):
        """The compared operand [rows, columns] after reuse."""
        rows, columns = a.shape
        padded = functional.pad(a, (0, 0, 0, -rows % self.window)).contiguous()
        comparable = padded.isfinite()
        comparable[rows:] = False
        values, comparable = (x.view(-1, self.window, columns) for x in (padded, comparable))
        keys, reused = self.keys(values), values.clone()
        for row in range(1, self.window):
            matched = torch.zeros_like(comparable[:, row])
            for earlier in reversed(range(row)):  # so that the first row with the key is the one that stays
                same = (keys[:, row] == keys[:, earlier]) & comparable[:, row]
                reused[:, row] = torch.where(same, values[:, earlier], reused[:, row])
                matched |= same
            self.replaced[role] += int(matched.sum())
        return reused.view(-1, columns)[:rows]


class ReusingProduct(torch.autograd.Function):
    """y = x w^T of a fully connected layer, or of a convolution whose input is unfolded, with reuse in all roles."""

    @staticmethod
    def forward(context, x, weight, reuse):
        x, weight = reuse.operand(x), reuse.operand(weight)
        context.save_for_backward(x, weight)
        context.reuse = reuse
        return reuse.apply(x, "forward") @ weight.t()

    @staticmethod
    def backward(context, dy):
        x, weight = context.saved_tensors
        reuse, dy = context.reuse, context.reuse.operand(dy)
        dx = reuse.apply(dy, "grad_input") @ weight if context.needs_input_grad[0] else None
        dw = (reuse.apply(x.t(), "grad_weight") @ dy).t()
        return dx, dw, None


def convolve(layer, x, reuse):
    """Rows are output pixels, samples slowest; columns are channels, kernel rows, kernel columns."""
    samples, _, height, width = x.shape
    out_h, out_w = ((size + 2 * pad - kernel) // stride + 1 for size, pad, kernel, stride in
                    zip((height, width), layer.padding, layer.kernel_size, layer.stride))
    outputs = []
    for part, weight in zip(x.chunk(layer.groups, 1), layer.weight.chunk(layer.groups, 0)):
        columns = functional.unfold(part, layer.kernel_size, padding=layer.padding, stride=layer.stride)
        rows = columns.transpose(1, 2).reshape(-1, columns.shape[1])
        y = ReusingProduct.apply(rows, weight.flatten(1), reuse)
        outputs.append(y.view(samples, out_h * out_w, -1).transpose(1, 2).reshape(samples, -1, out_h, out_w))
    y = torch.cat(outputs, 1) if len(outputs) > 1 else outputs[0]
    return y if layer.bias is None else y + layer.bias.view(1, -1, 1, 1)


def connect(layer, x, reuse):
    y = ReusingProduct.apply(x, layer.weight, reuse)
    return y if layer.bias is None else y + layer.bias


def install(network, reuse):
    """Makes every convolution and fully connected layer of the network multiply with reuse."""
    for module in network.modules():
        for kind, product in ((nn.Conv2d, convolve), (nn.Linear, connect)):
            if isinstance(module, kind):
                module.forward = (lambda x, layer=module, product=product: product(layer, x, reuse))
