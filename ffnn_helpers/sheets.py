"""A sheet is everything one needs to work a step by hand: a network, a batch, a learning rate.

The handout is the first.
"""

from dataclasses import dataclass, replace
from functools import cached_property

from ffnn_helpers import notation
from ffnn_helpers.arguments import finite_array
from ffnn_helpers.network import Network
from ffnn_helpers.steps import trace


@dataclass(frozen=True, eq=False)
class Sheet:
    """One network, one batch and one learning rate, and the step that follows from them.

    Attributes
    ----------
    network : Network
    x : list of list of float, K rows of n_in
    y : list of list of float, K rows of n_out
    eta : float
    trace : Trace
        Every quantity of the step, worked out when first asked for.

    Examples
    --------
    >>> handout.trace["new b^2_1"]
    new b₁² = 1 − 0.007968 ≈ 0.992
    """

    network: Network
    x: list
    y: list
    eta: float

    @cached_property
    def trace(self):
        return trace(self.network, self.x, self.y, self.eta)

    def nudge(self, symbol, by):
        """Return the same sheet with one parameter moved.

        Parameters
        ----------
        symbol : str
            A parameter, like ``b^2_1``.
        by : float
            How far it is moved.

        Returns
        -------
        Sheet

        Raises
        ------
        ValueError
            If the network has no such parameter, or by is not a finite number.

        Examples
        --------
        >>> handout.nudge("b^2_1", by=0.01).trace["b^2_1"]
        b₁² = 1.01
        """
        parameters = notation.parameters(self.network.sizes)
        named = notation.canonical(symbol, self.network.sizes) if isinstance(symbol, str) else None
        if named not in parameters:
            raise ValueError(
                f"{symbol!r} is no parameter of this network; they are {', '.join(parameters)}."
            )
        (by,) = finite_array("by", [by], 1, "a number, like 0.01")
        theta = self.network.theta.copy()
        theta[parameters.index(named)] += by
        return replace(self, network=Network(self.network.sizes, theta))


handout = Sheet(
    network=Network(sizes=(2, 2, 1), theta=[0.2, 0.9, 1, 0.7, 0.5, 1, 0.1, 0.5, 1]),
    x=[[10, -5], [3, 2]],
    y=[[0.5], [0.6]],
    eta=0.1,
)

# The handout's numbers hide mistakes: with K = 2, or a weight of 0.5, a lost factor can come
# back elsewhere. On these no slip of the catalogue gives a right derivative.
new_numbers = Sheet(
    network=Network(sizes=(2, 2, 1), theta=[-0.7, 1.2, -0.3, -0.8, 1.1, -0.6, 1.3, 0.2, 0.4]),
    x=[[4, 3], [3, 1], [1, 2]],
    y=[[0.7], [0.8], [0.4]],
    eta=0.6,
)

# Two outputs, so that a hidden weight reaches the cost by two paths.
two_paths = Sheet(
    network=Network(
        sizes=(2, 2, 2),
        theta=[-0.6, -0.8, 0.2, 1.3, 1.2, -0.7, 0.9, 0.7, 0.6, 0.3, -0.4, 0.8],
    ),
    x=[[4, -2]],
    y=[[0.4, 0.9]],
    eta=0.3,
)
