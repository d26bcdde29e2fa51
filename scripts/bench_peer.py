"""PyTorch's side of `make bench`: the same networks, trained eagerly; driven by bench.py.

Speaks the language of Sources/Benchmarks: a request a line, an answer in JSON a line.

    threads N                              use N threads
    train ID NETWORK BATCH LAYOUT FILE     a network with the weights and examples of FILE
    steps ID N                             N measured steps after one that is not
"""

import json
import sys
import time

import numpy
import torch
from torch import nn
from torch.nn import functional as F


class LeNet5(nn.Module):
    """LeNet-5 in the form of Caffe's example."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 20, 5)
        self.conv2 = nn.Conv2d(20, 50, 5)
        self.fc1 = nn.Linear(800, 500)
        self.fc2 = nn.Linear(500, 10)

    def forward(self, x):
        x = F.max_pool2d(self.conv1(x), 2)
        x = F.max_pool2d(self.conv2(x), 2)
        return self.fc2(F.relu(self.fc1(torch.flatten(x, 1))))


class Block(nn.Module):
    """Two convolutions and a shortcut without parameters (option A)."""

    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.stride, self.added = stride, filters - inputs

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.added:
            x = x[:, :, ::self.stride, ::self.stride]
            x = F.pad(x, (0, 0, 0, 0, self.added // 2, self.added - self.added // 2))
        return F.relu(y + x)


class ResNet20(nn.Module):
    """ResNet-20 for CIFAR."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(*(Block(16, 16, 1) for _ in range(3)))
        self.layer2 = nn.Sequential(Block(16, 32, 2), Block(32, 32, 1), Block(32, 32, 1))
        self.layer3 = nn.Sequential(Block(32, 64, 2), Block(64, 64, 1), Block(64, 64, 1))
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


NETWORKS = {"lenet-5": LeNet5, "resnet-20": ResNet20}


class Training:
    """A network in training. Its batches lie ready as tensors in the network's layout."""

    def __init__(self, name, batch, layout, path):
        arrays = {key: torch.from_numpy(array) for key, array in numpy.load(path).items()}
        x, y = arrays.pop("x"), arrays.pop("y").long()
        network = NETWORKS[name]()
        missing, unexpected = network.load_state_dict(arrays, strict=False)
        left = [key for key in missing if not key.endswith("num_batches_tracked")]
        if left or unexpected:
            raise ValueError(f"the weights differ: missing {left}, unexpected {unexpected}")
        layout = {"contiguous": torch.contiguous_format,
                  "channels-last": torch.channels_last}[layout]
        self.network = network.to(memory_format=layout).train()
        self.batches = [(images.contiguous(memory_format=layout), classes)
                        for images, classes in zip(x.split(batch), y.split(batch))]
        self.optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
        self.done = 0

    def step(self):
        images, classes = self.batches[self.done % len(self.batches)]
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.network(images), classes)
        loss.backward()
        self.optimizer.step()
        self.done += 1
        return loss.item()

    def measure(self, count):
        losses = [self.step()]
        marks = [time.perf_counter()]
        for _ in range(count):
            losses.append(self.step())
            marks.append(time.perf_counter())
        return {"seconds": [b - a for a, b in zip(marks, marks[1:])], "losses": losses}


def answer(words, trainings):
    match words:
        case ["threads", count]:
            torch.set_num_threads(int(count))
            return {"version": torch.__version__}
        case ["train", key, name, batch, layout, path]:
            trainings[key] = Training(name, int(batch), layout, path)
            return {}
        case ["steps", key, count]:
            return trainings[key].measure(int(count))
    raise ValueError(f"the request {' '.join(words)!r} is not known")


def main():
    trainings = {}
    for line in sys.stdin:
        try:
            result = answer(line.split(), trainings)
        except Exception as error:  # the other side says it and ends
            result = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
