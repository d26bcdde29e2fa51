"""The peers' side of `make bench`: the same networks, trained eagerly and scored; driven by bench.py.

Speaks the language of Sources/Benchmarks: a request a line, an answer in JSON a line.

    threads N                              use N threads
    train ID NETWORK BATCH LAYOUT FILE     a network with the weights and examples of FILE
    steps ID N                             N measured steps after one that is not
    score ID NETWORK BATCH FILE            a network with the weights and the batch of FILE, to be scored
    scores ID CRITERION N                  scored N times; and the sum of the squared scores
    product ROWS COLUMNS INNER             two random matrices of -1 and +1
    products floats N                      N products of the first with the second's transpose
"""

import json
import sys
import time

import numpy
import torch
from torch import nn
from torch.nn import functional as F

import vision


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


def resnet50():
    return vision.load().models.resnet50()


NETWORKS = {"lenet-5": LeNet5, "resnet-20": ResNet20, "resnet-50": resnet50}


def load(name, path):
    """The network called `name` with the weights of a file, and the file's examples."""
    arrays = {key: torch.from_numpy(array) for key, array in numpy.load(path).items()}
    x, y = arrays.pop("x"), arrays.pop("y").long()
    network = NETWORKS[name]()
    missing, unexpected = network.load_state_dict(arrays, strict=False)
    left = [key for key in missing if not key.endswith("num_batches_tracked")]
    if left or unexpected:
        raise ValueError(f"the weights differ: missing {left}, unexpected {unexpected}")
    return network, x, y


class Training:
    """A network in training. Its batches lie ready as tensors in the network's layout."""

    def __init__(self, name, batch, layout, path):
        network, x, y = load(name, path)
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


class Scoring:
    """A network that is scored by one batch: Torch-Pruning's importances, and the criteria at
    initialisation as their papers' programs compute them, written plainly."""

    def __init__(self, name, batch, path):
        import torch_pruning
        self.network, self.x, self.y = load(name, path)
        assert len(self.x) == batch
        self.importances = torch_pruning.importance
        self.graph = torch_pruning.DependencyGraph().build_dependency(self.network, self.x[:1])
        for module in self.network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = 0.0  # scoring leaves the running statistics as they are
        self.weights = [p for p in self.network.parameters() if p.dim() > 1]

    def loss(self, temperature=1.0, reduction="mean"):
        return F.cross_entropy(self.network(self.x) / temperature, self.y, reduction=reduction)

    def groups(self, importance):
        """An importance of Torch-Pruning of every group."""
        return sum(importance(group) is not None for group in self.graph.get_all_groups())

    def l1(self):
        return self.groups(self.importances.GroupMagnitudeImportance(p=1))

    def taylor(self):
        self.network.eval()
        self.network.zero_grad()
        self.loss().backward()
        return self.groups(self.importances.GroupTaylorImportance())

    def hessian(self):
        """As its documentation has it: a backward pass for each example."""
        self.network.eval()
        importance = self.importances.GroupHessianImportance()
        importance.zero_grad()
        for loss in self.loss(reduction="none"):
            self.network.zero_grad()
            loss.backward(retain_graph=True)
            importance.accumulate_grad(self.network)
        return self.groups(importance)

    def snip(self):
        self.network.train()
        gradients = torch.autograd.grad(self.loss(), self.weights)
        scores = [(w * g).abs().double() for w, g in zip(self.weights, gradients)]
        total = sum(s.sum() for s in scores)
        return digest([s / total for s in scores])

    def grasp(self):
        self.network.train()
        gradients = torch.autograd.grad(self.loss(200.0), self.weights, create_graph=True)
        flow = sum((g.detach() * g).sum() for g in gradients)
        products = torch.autograd.grad(flow, self.weights)
        return digest([(w * h).double() for w, h in zip(self.weights, products)])

    def synflow(self):
        kept = {key: value.clone() for key, value in self.network.state_dict().items()}
        self.network.eval().double()
        with torch.no_grad():
            for value in self.network.state_dict().values():
                value.abs_()
        flow = self.network(torch.ones_like(self.x[:1], dtype=torch.float64)).sum()
        gradients = torch.autograd.grad(flow, self.weights)
        scores = [(w * g).detach() for w, g in zip(self.weights, gradients)]
        most = max(s.max() for s in scores)
        found = digest([s / most for s in scores])
        self.network.float().load_state_dict(kept)
        return found

    def measure(self, criterion, count):
        score = {"l1": self.l1, "taylor-weight": self.taylor, "obd": self.hessian,
                 "snip": self.snip, "grasp": self.grasp, "synflow": self.synflow}[criterion]
        seconds = []
        for _ in range(count):
            began = time.perf_counter()
            found = score()
            seconds.append(time.perf_counter() - began)
        return {"seconds": seconds, "digest": float(found)}


def digest(scores):
    return sum(s.detach().square().sum().item() for s in scores)


class Product:
    """Two random matrices of -1 and +1."""

    def __init__(self, rows, columns, inner):
        self.x = torch.randn(rows, inner).sign()
        self.y = torch.randn(columns, inner).sign()

    @torch.no_grad()
    def measure(self, count):
        seconds = []
        for _ in range(count):
            began = time.perf_counter()
            self.x @ self.y.t()
            seconds.append(time.perf_counter() - began)
        return {"seconds": seconds}


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
        case ["score", key, name, batch, path]:
            trainings[key] = Scoring(name, int(batch), path)
            return {}
        case ["scores", key, criterion, count]:
            return trainings[key].measure(criterion, int(count))
        case ["product", *extents]:
            trainings["product"] = Product(*map(int, extents))
            return {}
        case ["products", "floats", count]:
            return trainings["product"].measure(int(count))
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
