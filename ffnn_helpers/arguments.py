"""Arguments as the network needs them, or one sentence that says what is wrong with them."""

from numbers import Integral

import numpy as np


def whole_sizes(sizes):
    """Return sizes as a tuple of int, or say in one sentence what is wrong with them."""
    what = "at least two whole numbers above 0, like (2, 2, 1)"
    numbers = finite_array("sizes", sizes, 1, what)
    if len(numbers) < 2 or (numbers < 1).any() or (numbers % 1).any():
        raise ValueError(f"sizes is {brief(sizes)}; it must be {what}.")
    return tuple(int(size) for size in numbers)


def learning_rate(eta):
    """Return eta as a float, or say in one sentence what is wrong with it."""
    try:
        rate = float("nan") if isinstance(eta, (str, bytes, bool, np.bool)) else float(eta)
    except (TypeError, ValueError, OverflowError):
        rate = float("nan")
    if not 0 < rate < float("inf"):
        raise ValueError(f"eta is {brief(eta)}; the learning rate is a number above 0, like 0.1.")
    return rate


def whole_number(name, value):
    """Return a whole number above 0, or say in one sentence what is wrong with it."""
    if isinstance(value, (bool, np.bool)) or not isinstance(value, Integral) or value < 1:
        raise ValueError(f"{name} is {brief(value)}; it must be a whole number above 0.")
    return int(value)


def real_array(name, values, what):
    """Return values as float64, or say in one sentence that they are no real numbers."""
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "fiu":
            raise TypeError
        with np.errstate(over="ignore"):  # a wider float may become infinity
            return array.astype(np.float64, copy=False)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is {brief(values)}; it must be {what}.") from None


def finite_array(name, values, dimensions, what, column=False):
    """Return values as float64, or say in one sentence what is wrong with them."""
    array = real_array(name, values, what)
    if column and array.ndim == 1:
        array = array[:, np.newaxis]
    if array.ndim != dimensions:
        raise ValueError(f"{name} has shape {array.shape}; it must be {what}.")
    if not array.size:
        raise ValueError(f"{name} is empty; it must be {what}.")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} contains NaN or infinity; every number must be finite.")
    return array


def brief(value):
    """Write a value that came in error, on one line and not at length."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:57] + "..."
