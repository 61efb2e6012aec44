"""What happens inside one step of training a neural network, every number by name.

`handout` is the network of the course, `trace` works out one mini-batch step, and `Network`
is the same mathematics with NumPy, for any sizes and any batch. `check` says whether a number
is right, and which wrong thought leads to it; `hint` helps a little, and `reveal` answers a guess.
"""

from ffnn_helpers.checking import check, hint, reveal
from ffnn_helpers.marking import mark
from ffnn_helpers.network import Network, sigmoid
from ffnn_helpers.picture import picture
from ffnn_helpers.sheets import Sheet, handout, new_numbers, sheet, two_paths
from ffnn_helpers.show import chain, table
from ffnn_helpers.steps import trace

__all__ = [
    "Network",
    "Sheet",
    "chain",
    "check",
    "handout",
    "hint",
    "mark",
    "new_numbers",
    "picture",
    "reveal",
    "sheet",
    "sigmoid",
    "table",
    "trace",
    "two_paths",
]
