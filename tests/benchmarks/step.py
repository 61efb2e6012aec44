"""How long one mini-batch step takes, side by side with others, in one run.

    make bench

Prints ratios: 1 is our own step, with its arguments checked. One BLAS thread. Times drift
from day to day and machine to machine; ratios taken in turn within one run do not.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy is loaded

import time
import warnings
from itertools import pairwise

import autograd
import autograd.numpy as anp
import jax
import jax.numpy as jnp
import numpy as np
import torch
from micrograd.nn import MLP
from sklearn.neural_network import MLPRegressor

from ffnn_helpers import Network

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
jax.config.update("jax_enable_x64", True)
warnings.filterwarnings("ignore", module="sklearn")

SHAPES = [((2, 2, 1), 2, 300, 15), ((784, 128, 10), 128, 3, 9), ((784, 1024, 1024, 10), 512, 1, 7)]
ETA = 0.1


def make_batch(sizes, K):
    random = np.random.default_rng(0)
    P = sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))
    theta = random.normal(0, 0.3, P)
    return theta, random.normal(0, 1, (K, sizes[0])), random.uniform(0, 1, (K, sizes[-1]))


def ours(sizes, theta, x, y):
    net = Network(sizes, theta)
    return lambda: net.step(x, y, ETA)


def matrix_products_alone(sizes, theta, x, y):
    """Only what no step can do without: forward, backward and gradient products."""
    net = Network(sizes, theta)
    weights = [np.ascontiguousarray(w) for w in net.weights]
    a = net.forward(x).a
    a = [np.ascontiguousarray(layer) for layer in a]

    def products():
        for layer, w in enumerate(weights):
            a[layer] @ w.T
            a[layer + 1].T @ a[layer]
            if layer:
                a[layer + 1] @ w

    return products


def textbook_parameters(sizes, theta):
    net = Network(sizes, theta)
    return [(w.copy(), b.copy()) for w, b in zip(net.weights, net.biases, strict=True)]


def pytorch(sizes, theta, x, y):
    layers = []
    for w, b in textbook_parameters(sizes, theta):
        linear = torch.nn.Linear(w.shape[1], w.shape[0])
        linear.weight.data, linear.bias.data = torch.tensor(w), torch.tensor(b)
        layers += [linear, torch.nn.Sigmoid()]
    model = torch.nn.Sequential(*layers)
    optimiser = torch.optim.SGD(model.parameters(), lr=ETA)
    x, y = torch.tensor(x), torch.tensor(y)

    def step():
        optimiser.zero_grad()
        ((model(x) - y) ** 2).sum(dim=1).mean().backward()
        optimiser.step()

    return step


def functional_cost(numpy):
    def cost(parameters, x, y):
        a = x
        for w, b in parameters:
            a = 1 / (1 + numpy.exp(-(a @ w.T + b)))
        return numpy.sum((a - y) ** 2) / len(x)

    return cost


def hips_autograd(sizes, theta, x, y):
    gradient = autograd.grad(functional_cost(anp))
    parameters = textbook_parameters(sizes, theta)

    def step():
        slopes = gradient(parameters, x, y)
        return [
            (w - ETA * dw, b - ETA * db)
            for (w, b), (dw, db) in zip(parameters, slopes, strict=True)
        ]

    return step


def jax_jit(sizes, theta, x, y):
    gradient = jax.grad(functional_cost(jnp))

    @jax.jit
    def step(parameters, x, y):
        slopes = gradient(parameters, x, y)
        return jax.tree.map(lambda p, slope: p - ETA * slope, parameters, slopes)

    parameters = jax.tree.map(jnp.asarray, textbook_parameters(sizes, theta))
    x, y = jnp.asarray(x), jnp.asarray(y)
    return lambda: jax.block_until_ready(step(parameters, x, y))


def scikit_learn(sizes, theta, x, y):
    model = MLPRegressor(
        hidden_layer_sizes=sizes[1:-1],
        activation="logistic",
        solver="sgd",
        learning_rate_init=ETA,
        alpha=0,
    )
    target = y[:, 0] if y.shape[1] == 1 else y
    model.partial_fit(x, target)
    return lambda: model.partial_fit(x, target)


def micrograd(sizes, theta, x, y):
    """A number at a time; its neurons are ReLU and linear, so it does a little less work."""
    model = MLP(sizes[0], list(sizes[1:]))

    def step():
        model.zero_grad()
        cost = sum((model(row) - row_y[0]) ** 2 for row, row_y in zip(x, y, strict=True)) / len(x)
        cost.backward()
        for p in model.parameters():
            p.data -= ETA * p.grad

    return step


PEERS = {
    "matrix products alone": matrix_products_alone,
    "PyTorch, nn and SGD": pytorch,
    "JAX, jit": jax_jit,
    "autograd (HIPS)": hips_autograd,
    "scikit-learn, partial_fit": scikit_learn,
    "micrograd": micrograd,
}


def seconds(step, calls):
    start = time.perf_counter()
    for _ in range(calls):
        step()
    return (time.perf_counter() - start) / calls


def main():
    for sizes, K, calls, rounds in SHAPES:
        theta, x, y = make_batch(sizes, K)
        steps = {"ours": ours(sizes, theta, x, y)}
        for name, peer in PEERS.items():
            if peer is not micrograd or max(sizes) < 10:  # a second and more a step elsewhere
                steps[name] = peer(sizes, theta, x, y)
        for step in steps.values():
            seconds(step, calls)
        taken = {name: [] for name in steps}
        for _ in range(rounds):  # in turn, so that a slow moment meets them all
            for name, step in steps.items():
                taken[name].append(seconds(step, calls))
        print(f"\n{'-'.join(map(str, sizes))}, {K} observations")
        mine = np.array(taken.pop("ours"))
        print(f"  {'ours':28} {np.median(mine) * 1e6:10.1f} µs")
        for name, theirs in taken.items():
            print(f"  {name:28} {np.median(np.array(theirs) / mine):10.2f} times ours")


if __name__ == "__main__":
    main()
