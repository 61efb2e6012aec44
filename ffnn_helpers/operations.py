"""What a step can be: a dozen operations, each computed and written.

Written with symbols an operation is the formula of a step; written with numbers it is the
worked line. Values are plain Python floats, added from left to right, as one does on paper.
Every operation takes its parents as one list, in the order in which the recipe names them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    """One kind of step.

    Attributes
    ----------
    compute : callable
        List of float, the values of the parents, to float.
    write : callable
        List of str, the parents written as symbols or as numbers, to str.
    """

    compute: Callable
    write: Callable


def pairs(parents):
    """Take a flat list two by two: w, x, w, x gives (w, x), (w, x)."""
    return list(zip(parents[::2], parents[1::2], strict=True))


def add(values):
    """Add from left to right; since Python 3.12 sum() corrects the rounding of paper."""
    total = largest = 0.0
    for value in values:
        total += value
        largest = max(largest, abs(value))
    # 0.1(3) − 0.3 is 0 on paper; in floats 0.00000000000000005551 is left of it.
    return 0.0 if abs(total) < 1e-15 * largest else total


def sum_of_products(values):
    return add(left * right for left, right in pairs(values))


def weighted_sum(values):
    *products, bias = values
    return add([*(left * right for left, right in pairs(products)), bias])


def sigmoid(values):
    (z,) = values
    if z < 0:  # e^-z could overflow
        return math.exp(z) / (1 + math.exp(z))
    return 1 / (1 + math.exp(-z))


def squared_error(values):
    return add((a - y) * (a - y) for a, y in pairs(values))


def is_number(text):
    return text[0] == "−" or text[0].isdigit()


def in_brackets_if_negative(text):
    return f"({text})" if text.startswith("−") else text


def write_sum(terms):
    """Join terms with plus, or with minus where one is negative: a + b − c."""
    first, *others = terms
    signed = [f" − {t[1:]}" if t.startswith("−") else f" + {t}" for t in others]
    return first + "".join(signed)


def write_difference(left, right):
    return f"{left} − {in_brackets_if_negative(right)}"


def write_product(factors):
    first, *others = factors
    return " · ".join([first, *map(in_brackets_if_negative, others)])


def write_next_to(left, right):
    """Write a product as the handout does: w x with symbols, 0.9(−5) with numbers."""
    return f"{left}({right})" if is_number(right) else f"{left} {right}"


def write_weighted_sum(parents):
    products = [write_next_to(weight, source) for weight, source in pairs(parents[:-1])]
    return write_sum([*products, parents[-1]])


def write_over_observations(parents):
    """Add one quantity over the observations; its symbol is the same in each."""
    return write_sum(parents) if is_number(parents[0]) else f"Σₖ {parents[0]}"


OPERATIONS = {
    # The forward pass: handout, equations 2, 4 and 6.
    "weighted sum": Operation(weighted_sum, write_weighted_sum),
    "sigmoid": Operation(sigmoid, lambda parents: f"σ({parents[0]})"),
    "squared error": Operation(
        squared_error,
        lambda parents: write_sum([f"({write_difference(a, y)})²" for a, y in pairs(parents)]),
    ),
    # The factors of the chain rule: handout, sections 3.1 and 3.2.
    "error slope": Operation(
        lambda values: 2 * (values[0] - values[1]),
        lambda parents: f"2({write_difference(*parents)})",
    ),
    "sigmoid slope": Operation(  # σ′(z) = σ(z)(1 − σ(z)), from a alone
        lambda values: values[0] * (1 - values[0]),
        lambda parents: f"{parents[0]}({write_difference('1', parents[0])})",
    ),
    "equal": Operation(lambda values: values[0], lambda parents: parents[0]),
    "one": Operation(lambda values: 1.0, lambda parents: "1"),
    # The chain rule itself.
    "product": Operation(lambda values: values[0] * values[1], write_product),
    "sum of products": Operation(
        sum_of_products,
        lambda parents: write_sum([write_product(pair) for pair in pairs(parents)]),
    ),
    # The mini-batch step: handout, equations 5 and 1.
    "mean": Operation(  # the 1/K of equation 5
        lambda values: add(values) / len(values),
        lambda parents: f"({write_over_observations(parents)}) / {len(parents)}",
    ),
    "change": Operation(
        lambda values: -values[0] * values[1], lambda parents: f"−{write_product(parents)}"
    ),
    "sum": Operation(add, write_sum),
}
