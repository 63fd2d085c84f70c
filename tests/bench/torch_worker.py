#!/usr/bin/python3
"""One rank that trains a workload in PyTorch. Prints a line of JSON: when each step ended, in seconds, and its loss.

Usage: torch_worker.py JSON, a dictionary of the fields of Task. Started by measure.py, one process a rank.
"""
import json
import sys
import time
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch.nn import functional

import torch_networks
import torch_reuse
import workloads

MEMORY_FORMATS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
PATIENCE = timedelta(minutes=5)  # with a rank that does not come, as it has failed


@dataclass
class Task:
    network: str
    rank: int
    ranks: int
    threads: int
    steps: int
    memory_format: str  # a key of MEMORY_FORMATS
    emulate: str = ""  # the format of emulated reuse, none where empty
    meeting: str = ""  # a file through which ranks find each other


def require_openblas():
    """The reference BLAS, to which Debian's PyTorch falls back, would be an easy opponent."""
    torch.ones(8, 8) @ torch.ones(8, 8)
    with open("/proc/self/maps", encoding="ascii") as maps:
        blas = {line.split()[-1] for line in maps if "blas.so" in line}
    if not any("openblas" in path for path in blas):
        sys.exit(f"PyTorch does not compute with OpenBLAS (it loaded {sorted(blas)}); install libopenblas0-pthread")
    return sorted(blas)


def build(task):
    """The network as the task wants it, and the numbers of parameters of its layers."""
    network = torch_networks.build(task.network).to(memory_format=MEMORY_FORMATS[task.memory_format])
    parameters = torch_networks.parameters_by_layer(network)
    if task.emulate:
        torch_reuse.install(network, torch_reuse.Reuse(task.emulate, dropped_bits=dropped_bits(task.emulate)))
    if task.ranks > 1:
        torch.distributed.init_process_group("gloo", f"file://{task.meeting}", rank=task.rank, world_size=task.ranks,
                                             timeout=PATIENCE)
        network = torch.nn.parallel.DistributedDataParallel(network, gradient_as_bucket_view=True)
    return network, parameters


def dropped_bits(name):
    """acrtc's default strength while the loss falls: 4/7 of the mantissa."""
    return {"bf16": 4, "fp16": 6, "tf32": 6, "fp32": 13}[name]


def shares(task, workload):
    """This rank's indices of samples for each step."""
    batch = workload.batch * task.ranks
    order = workloads.first_epoch_order(batch * task.steps)
    return torch.from_numpy(order).view(task.steps, task.ranks, workload.batch)[:, task.rank]


def train(task, network):
    workload = workloads.WORKLOADS[task.network]
    images, labels = map(torch.from_numpy, workloads.arrays(workload, workload.batch * task.ranks * task.steps))
    layout = MEMORY_FORMATS[task.memory_format]
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
    ends, losses = [], []
    for share in shares(task, workload):
        share = share % len(images)
        optimizer.zero_grad(set_to_none=True)
        batch = images[share].contiguous(memory_format=layout)
        loss = functional.cross_entropy(network(batch), labels[share])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        ends.append(time.perf_counter())
    return ends, losses


def main():
    task = Task(**json.loads(sys.argv[1]))
    blas = require_openblas()
    torch.set_num_threads(task.threads)
    network, parameters = build(task)
    ends, losses = train(task, network)
    print(json.dumps({"ends": ends, "losses": losses, "parameters": parameters, "blas": blas,
                      "torch": torch.__version__}))


if __name__ == "__main__":
    main()
