"""PyTorch twins of acrtc's ready-made networks: the same layers in the same order, with the same parameters."""
import torch
from torch import nn
from torch.nn import functional


def relu():
    return nn.ReLU(inplace=True)


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 20, 5), relu(), nn.MaxPool2d(2),
        nn.Conv2d(20, 50, 5), relu(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(800, 500), relu(), nn.Linear(500, 10))


def cifar10_quick():
    return nn.Sequential(
        nn.Conv2d(3, 32, 5, padding=2), nn.MaxPool2d(3, 2, ceil_mode=True), relu(),
        nn.Conv2d(32, 32, 5, padding=2), relu(), nn.AvgPool2d(3, 2, ceil_mode=True),
        nn.Conv2d(32, 64, 5, padding=2), relu(), nn.AvgPool2d(3, 2, ceil_mode=True),
        nn.Flatten(), nn.Linear(1024, 64), nn.Linear(64, 10))


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut without parameters: every second pixel, new channels zero (option A of
    He et al., CVPR 2016, doi:10.1109/CVPR.2016.90)."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.relu1 = relu()
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.relu2 = relu()
        self.stride, self.new_channels = stride, outputs - inputs

    def shortcut(self, x):
        if self.stride == 1:
            return x
        before = self.new_channels // 2
        return functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, before, self.new_channels - before))

    def forward(self, x):
        y = self.norm2(self.conv2(self.relu1(self.norm1(self.conv1(x)))))
        return self.relu2(y + self.shortcut(x))


def resnet20():
    layers = [nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), relu()]
    inputs = 16
    for outputs in (16, 32, 64):
        for block in range(3):
            layers.append(ResidualBlock(inputs, outputs, 2 if block == 0 and outputs > 16 else 1))
            inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def vgg_cifar():
    layers, inputs = [], 3
    for outputs in (64, 64, "pool", 128, 128, "pool", 256, 256, 256, "pool", 512, 512, 512, "pool", 512, 512, 512,
                    "pool"):
        if outputs == "pool":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), relu()]
            inputs = outputs
    return nn.Sequential(
        *layers, nn.Flatten(), nn.Dropout(), nn.Linear(512, 512), relu(), nn.Dropout(), nn.Linear(512, 512), relu(),
        nn.Linear(512, 10))


def alexnet():
    """With Caffe's two groups of channels and its order of pooling and normalisation."""
    def normalisation():
        return nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75)

    return nn.Sequential(
        nn.Conv2d(3, 96, 11, 4), relu(), nn.MaxPool2d(3, 2), normalisation(),
        nn.Conv2d(96, 256, 5, padding=2, groups=2), relu(), nn.MaxPool2d(3, 2), normalisation(),
        nn.Conv2d(256, 384, 3, padding=1), relu(), nn.Conv2d(384, 384, 3, padding=1, groups=2), relu(),
        nn.Conv2d(384, 256, 3, padding=1, groups=2), relu(), nn.MaxPool2d(3, 2),
        nn.Flatten(), nn.Linear(9216, 4096), relu(), nn.Dropout(), nn.Linear(4096, 4096), relu(), nn.Dropout(),
        nn.Linear(4096, 1000))


NETWORKS = {"lenet": lenet, "cifar10-quick": cifar10_quick, "resnet20": resnet20, "vgg-cifar": vgg_cifar,
            "alexnet": alexnet}


def build(name):
    """The network with He's initial weights, so that values are as large in every layer as they are in acrtc."""
    torch.manual_seed(1)
    network = NETWORKS[name]()
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return network


def parameters_by_layer(network):
    """Numbers of parameters of the layers that have any, in the order of the forward pass."""
    sizes = (sum(p.numel() for p in module.parameters(recurse=False)) for module in network.modules())
    return [size for size in sizes if size]
