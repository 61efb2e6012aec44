"""The same mathematics in other hands: the cost once for a library to differentiate, once in decimals.

Nothing here comes from ffnn_helpers, so what agrees with it is not right by the same mistake.
"""

import re
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

import autograd.numpy as np
from autograd import grad


def exact_sigmoid(z, digits=40):
    """Work out the sigmoid in decimals; beyond 1000 it is 0 or 1 to all of their digits."""
    with localcontext(prec=digits):
        return 1 / (1 + (-min(max(Decimal(z), Decimal(-1000)), Decimal(1000))).exp())


def rounded(exact, digits):
    """Round a fraction half away from zero to so many significant digits."""
    if not exact:
        return exact
    size, unit = abs(exact), Fraction(1)
    while size >= 10**digits * unit:
        unit *= 10
    while size < 10 ** (digits - 1) * unit:
        unit /= 10
    count, rest = divmod(size, unit)
    count += rest * 2 >= unit
    return count * unit if exact > 0 else -count * unit


def read(text):
    """Read a printed number, with a true minus sign, to its last digit."""
    return Fraction(text.replace("−", "-"))


def calculate(line):
    """Work out a printed line as somebody with a calculator of 40 digits would.

    0.2(10) and 2(0.82 − 0.5) are products, σ(…) is a call, · multiplies, ² squares.
    """
    line = line.replace("−", "-").replace("·", "*").replace("²", "**2")
    line = re.sub(r"([\d.)])\s*\(", r"\1*(", line)
    line = re.sub(r"(?<!\*\*)\b\d+(\.\d+)?", r"Decimal('\g<0>')", line)
    with localcontext(prec=40):
        return Fraction(eval(line, {"Decimal": Decimal, "σ": exact_sigmoid}))


def matrix_cost(theta, sizes, x, y):
    """Compute the cost as textbooks write it: a = σ(W a + b), an observation a column."""
    a, start = np.array(x).T, 0
    for n_in, n_out in pairwise(sizes):
        end = start + n_out * (n_in + 1)
        rows = np.reshape(theta[start:end], (n_out, n_in + 1))
        W, b = rows[:, :n_in], rows[:, n_in:]
        a = 1 / (1 + np.exp(-(W @ a + b)))
        start = end
    return np.mean(np.sum((a - np.array(y).T) ** 2, axis=0))


automatic_gradient = grad(matrix_cost)


def decimal_cost(theta, sizes, x, y):
    """Compute the cost in decimals, one product at a time, to the digits of the context."""
    total = Decimal(0)
    for inputs, targets in zip(x, y, strict=True):
        a, parameters = [Decimal(number) for number in inputs], iter(theta)
        for n_out in sizes[1:]:
            before, a = a, []
            for _ in range(n_out):
                z = sum((next(parameters) * source for source in before), Decimal(0))
                a.append(1 / (1 + (-(z + next(parameters))).exp()))
        total += sum((out - Decimal(target)) ** 2 for out, target in zip(a, targets, strict=True))
    return total / len(x)


def central_differences(cost, theta, h):
    """Nudge each parameter both ways and divide: (C(θ + h) − C(θ − h)) / 2h."""
    slopes = []
    for place in range(len(theta)):
        up, down = list(theta), list(theta)
        up[place] += h
        down[place] -= h
        slopes.append((cost(up) - cost(down)) / (2 * h))
    return slopes


def decimal_gradient(theta, sizes, x, y, digits=60):
    """Nudge by 10⁻²⁰ in 60 digits: what is left out is h²/6 · C‴, what is lost 10⁻⁶⁰/h: 10⁻⁴⁰."""
    with localcontext(prec=digits):
        return central_differences(
            lambda theta: decimal_cost(theta, sizes, x, y),
            [Decimal(number) for number in theta],
            h=Decimal(10) ** (-digits // 3),
        )
