"""The network, vectorised: NumPy, any sizes, any batch. It knows nothing of the course."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ffnn_helpers.arguments import finite_array, learning_rate, real_array, whole_sizes


def sigmoid(z):
    """Squash any number into the range from 0 to 1 (handout, equation 2).

    Parameters
    ----------
    z : float or array_like of float, any shape

    Returns
    -------
    float or ndarray of float64, the shape of z
        1 / (1 + e^-z), right to 2e-16.

    Raises
    ------
    ValueError
        If z holds anything but real numbers.

    Examples
    --------
    >>> sigmoid(0)
    0.5
    >>> sigmoid([-1000, 0, 1000])
    array([0. , 0.5, 1. ])
    """
    # Far to the left e^-z overflows to infinity, and 1 / infinity is the 0 we want.
    with np.errstate(over="ignore", under="ignore"):
        a = 1 / (1 + np.exp(-real_array("z", z, "a number, or an array of numbers")))
    return a if a.ndim else float(a)


class Forward(NamedTuple):
    """What a forward pass leaves behind: one array a layer, one row an observation.

    z[0] belongs to layer 1. a[0] is x itself, so that a[1] = sigmoid(z[0]).
    """

    z: tuple
    a: tuple


class Network:
    """A fully connected network of sigmoid neurons with the mean squared error as its cost.

    Parameters
    ----------
    sizes : sequence of int
        Inputs, then the neurons of each layer: (2, 2, 1) is the handout's.
    theta : array_like of float, shape (P,)
        All parameters in the handout's order: layer by layer, neuron by neuron,
        its weights and then its bias. A copy is kept, as float64, and never changes.

    Attributes
    ----------
    sizes : tuple of int
    theta : ndarray of float64, shape (P,)
    weights, biases : list of ndarray, (n_out, n_in) and (n_out,)
        Views of theta, one a layer; [0] is layer 1.

    Raises
    ------
    ValueError
        If a size is not a whole number above 0, or theta has another length than the
        sizes ask for, or holds anything but finite numbers.

    Examples
    --------
    The handout's network, and its output for the first country:

    >>> net = Network((2, 2, 1), [0.2, 0.9, 1, 0.7, 0.5, 1, 0.1, 0.5, 1])
    >>> net.weights[0]
    array([[0.2, 0.9],
           [0.7, 0.5]])
    >>> net.predict([[10, -5]]).round(4)
    array([[0.82]])
    """

    def __init__(self, sizes, theta):
        self.sizes = whole_sizes(sizes)
        expected = sum((n_in + 1) * n_out for n_in, n_out in pairwise(self.sizes))
        theta = finite_array("theta", theta, 1, "a flat list of numbers")
        if len(theta) != expected:
            raise ValueError(
                f"theta has {len(theta)} numbers, but sizes {self.sizes} need {expected}:"
                " each neuron's weights, then its bias."
            )
        self._set(theta.copy())

    def _set(self, theta):
        theta.flags.writeable = False
        self._theta = theta
        # One matrix a layer, a neuron's weights and its bias in one row: exactly as they
        # stand in theta, so that a column of ones beside the inputs meets the biases.
        self._rows, start = [], 0
        for n_in, n_out in pairwise(self.sizes):
            end = start + (n_in + 1) * n_out
            self._rows.append(theta[start:end].reshape(n_out, n_in + 1))
            start = end

    @property
    def theta(self):
        return self._theta

    @property
    def weights(self):
        return [rows[:, :-1] for rows in self._rows]

    @property
    def biases(self):
        return [rows[:, -1] for rows in self._rows]

    def __repr__(self):
        return f"Network(sizes={self.sizes}, theta={self.theta.tolist()})"

    def forward(self, x):
        """Compute every z and a, layer by layer (handout, equations 2 and 4).

        Parameters
        ----------
        x : array_like of float, shape (K, n_in)
            A row is an observation.

        Returns
        -------
        Forward
            .z, one (K, n) array a layer, and .a, the same with x in front.

        Raises
        ------
        ValueError
            If x has another shape, no row, or anything but finite numbers.

        Examples
        --------
        >>> net = Network((2, 2, 1), [0.2, 0.9, 1, 0.7, 0.5, 1, 0.1, 0.5, 1])
        >>> net.forward([[10, -5], [3, 2]]).z[0]
        array([[-1.5,  5.5],
               [ 3.4,  4.1]])
        """
        z, a, _ = self._forward(self._batch("x", x, self.sizes[0]))
        return Forward(tuple(z), tuple(a))

    def predict(self, x):
        """Return the outputs yhat, shape (K, n_out), for x of shape (K, n_in)."""
        return self.forward(x).a[-1]

    def cost(self, x, y):
        """Mean over the observations of the squared errors (handout, equations 5 and 6).

        Parameters
        ----------
        x : array_like of float, shape (K, n_in)
        y : array_like of float, shape (K, n_out), or (K,) where there is one output

        Returns
        -------
        float
            The sum over the outputs of (yhat - y)^2, averaged over the K rows. No 1/2.

        Examples
        --------
        >>> net = Network((2, 2, 1), [0.2, 0.9, 1, 0.7, 0.5, 1, 0.1, 0.5, 1])
        >>> round(net.cost([[10, -5], [3, 2]], [0.5, 0.6]), 5)
        0.07774
        """
        x, y = self.check_batch(x, y)
        error = self._forward(x)[1][-1] - y
        return float((error * error).sum() / len(x))

    def gradient(self, x, y):
        """Differentiate the cost with respect to every parameter (handout, section 3).

        Parameters
        ----------
        x : array_like of float, shape (K, n_in)
        y : array_like of float, shape (K, n_out), or (K,) where there is one output

        Returns
        -------
        ndarray of float64, shape (P,)
            In the order of theta.

        Examples
        --------
        The last entry belongs to the bias of the output neuron:

        >>> net = Network((2, 2, 1), [0.2, 0.9, 1, 0.7, 0.5, 1, 0.1, 0.5, 1])
        >>> net.gradient([[10, -5], [3, 2]], [0.5, 0.6])[-1].round(5).item()
        0.07968
        """
        return self._gradient(*self.check_batch(x, y))

    def step(self, x, y, eta):
        """Take one step of gradient descent (handout, equation 1).

        Parameters
        ----------
        x : array_like of float, shape (K, n_in)
        y : array_like of float, shape (K, n_out), or (K,) where there is one output
        eta : float
            The learning rate, above 0.

        Returns
        -------
        Network
            With theta - eta * gradient. This network stays as it is.

        Raises
        ------
        ValueError
            If eta is not a number above 0, the batch does not fit the network, or the
            step is so large that a parameter is no longer finite.

        Examples
        --------
        >>> net = Network((2, 2, 1), [0.2, 0.9, 1, 0.7, 0.5, 1, 0.1, 0.5, 1])
        >>> net.step([[10, -5], [3, 2]], [0.5, 0.6], eta=0.1).biases[1].round(5)
        array([0.99203])
        """
        eta = learning_rate(eta)
        gradient = self._gradient(*self.check_batch(x, y))
        with np.errstate(over="ignore"):
            theta = self.theta - eta * gradient
        if not np.isfinite(theta).all():
            raise ValueError(f"eta = {eta} is too large: a parameter is no longer finite.")
        new = object.__new__(Network)  # theta is checked, and ours: no need for another copy
        new.sizes = self.sizes
        new._set(theta)
        return new

    def _forward(self, x):
        z, a, with_ones = [], [x], []
        with np.errstate(over="ignore", under="ignore"):
            for rows in self._rows:
                with_ones.append(append_ones(a[-1]))
                z.append(with_ones[-1] @ rows.T)
                a.append(1 / (1 + np.exp(-z[-1])))
        return z, a, with_ones

    def _gradient(self, x, y):
        _, a, with_ones = self._forward(x)
        gradient = np.empty_like(self.theta)
        end = len(gradient)
        dcost_da = 2 / len(x) * (a[-1] - y)  # the 2 of the square, the 1/K of the mean
        for layer in reversed(range(len(self._rows))):
            rows = self._rows[layer]
            start = end - rows.size
            dcost_dz = dcost_da * a[layer + 1] * (1 - a[layer + 1])  # σ′ = a(1 − a)
            dcost_drows = gradient[start:end].reshape(rows.shape)
            np.matmul(dcost_dz.T, with_ones[layer], out=dcost_drows)
            if layer:  # nobody asks for the derivative with respect to x
                dcost_da = dcost_dz @ rows[:, :-1]
            end = start
        return gradient

    def _batch(self, name, values, columns):
        what = "a table of numbers with one row an observation"
        values = finite_array(name, values, 2, what, column=name == "y" and columns == 1)
        if values.shape[1] != columns:
            raise ValueError(
                f"{name} has {values.shape[1]} columns, but this network needs {columns}:"
                f" one for each {'input' if name == 'x' else 'output'}."
            )
        return values

    def check_batch(self, x, y):
        """Return x and y as float64 tables, or say in one sentence what is wrong with them."""
        x = self._batch("x", x, self.sizes[0])
        y = self._batch("y", y, self.sizes[-1])
        if len(x) != len(y):
            raise ValueError(
                f"x has {len(x)} rows and y has {len(y)}: each observation needs both."
            )
        return x, y


def append_ones(a):
    """Return a with a column of ones on its right, where the biases are met."""
    with_ones = np.ones((a.shape[0], a.shape[1] + 1))
    with_ones[:, :-1] = a
    return with_ones
