"""What the laws are tried on: networks, batches and learning rates, made by hypothesis."""

from itertools import pairwise

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from ffnn_helpers import Network

# The same examples on every machine, so that a law that held yesterday holds today. To hunt
# for new ones take derandomize away and raise max_examples.
law = settings(max_examples=100, deadline=None, derandomize=True)


def decimals(low, high, places=2):
    """Numbers as a handout has them: 0.7, −5, 1.25."""
    scale = 10**places
    return st.integers(low * scale, high * scale).map(lambda n: n / scale)


@st.composite
def shapes(draw, layers=4, width=4):
    """Sizes of a network: inputs, then one to so many layers."""
    size = st.integers(1, width)
    return tuple(draw(st.lists(size, min_size=2, max_size=layers + 1)))


@st.composite
def batches(draw, layers=4, width=4, K=4):
    """All that a mini-batch step takes: a network, x, y and eta.

    The parameters stay within ±1.2, and so does x where the first layer is the last one: |z| is
    then at most 6 in every output, and 1 − a loses no digits that the tests would miss.
    """
    sizes = draw(shapes(layers, width))
    K = draw(st.integers(1, K))
    P = sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))

    reach = 10 if len(sizes) > 2 else 1

    def numbers(low, high, rows, columns):
        row = st.lists(decimals(low, high), min_size=columns, max_size=columns)
        return draw(st.lists(row, min_size=rows, max_size=rows))

    theta = draw(st.lists(st.integers(-120, 120), min_size=P, max_size=P))
    return (
        Network(sizes, np.array(theta) / 100),
        numbers(-reach, reach, K, sizes[0]),
        numbers(-2, 2, K, sizes[-1]),
        draw(st.sampled_from([0.05, 0.1, 0.3, 1.0, 2.5])),
    )
