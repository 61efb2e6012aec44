"""How a quantity is named, placed, written and said, and how a number is written.

A symbol is the handout's variable^{layer}_{neuron,index}, counted from 1: ``w^1_{2,1}``.
Derivatives are two symbols with a d each, ``dC/dw^1_{2,1}``; ``delta`` and ``new`` in front
mean the change in one step and what stands after it.
"""

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import pairwise

NEURON = re.compile(r"([za])\^(\d+)_(\d+)")
WEIGHT = re.compile(r"w\^(\d+)_\{(\d+),(\d+)\}")
BIAS = re.compile(r"b\^(\d+)_(\d+)")
DATA = re.compile(r"([xy])_(\d+)")

SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def weight(layer, neuron, index):
    """Name the weight into a neuron from its input number index: w^1_{2,1}."""
    return f"w^{layer}_{{{neuron},{index}}}"


def parameters(sizes):
    """Name all parameters in the order of theta (handout, section 4).

    Parameters
    ----------
    sizes : tuple of int

    Returns
    -------
    list of str
        Layer by layer, neuron by neuron, its weights and then its bias.

    Examples
    --------
    >>> parameters((2, 2, 1))[:4]
    ['w^1_{1,1}', 'w^1_{1,2}', 'b^1_1', 'w^1_{2,1}']
    """
    return [
        symbol
        for layer, (n_in, n_out) in enumerate(pairwise(sizes), start=1)
        for neuron in range(1, n_out + 1)
        for symbol in [weight(layer, neuron, i) for i in range(1, n_in + 1)]
        + [f"b^{layer}_{neuron}"]
    ]


def canonical(symbol, sizes):
    """Return the one spelling under which a symbol is kept.

    ``w^1_2,1`` is read as ``w^1_{2,1}``, and ``yhat_1`` as the output it is; ``yhat`` too,
    where there is one output.

    Examples
    --------
    >>> canonical("dC/dw^1_2,1", (2, 2, 1)), canonical("yhat", (2, 2, 1))
    ('dC/dw^1_{2,1}', 'a^2_1')
    """
    symbol = re.sub(r"w\^(\d+)_(\d+),(\d+)", r"w^\1_{\2,\3}", symbol.strip())
    if sizes[-1] == 1:
        symbol = re.sub(r"yhat(?!_)", "yhat_1", symbol)
    return re.sub(r"yhat_(\d+)", rf"a^{len(sizes) - 1}_\1", symbol)


def write(symbol):
    """Write a symbol in plain text, as it reads on the page.

    Examples
    --------
    >>> write("dC/dw^1_{2,1}"), write("new z^1_2"), write("delta b^2_1")
    ('∂C/∂w₂,₁¹', 'new z₂¹', 'Δb₁²')
    """
    if symbol.startswith("delta "):
        return "Δ" + write(symbol.removeprefix("delta "))
    if symbol.startswith("new "):
        return "new " + write(symbol.removeprefix("new "))
    if derivative := split_derivative(symbol):
        return "/".join("∂" + write(part) for part in derivative)
    if symbol == "eta":
        return "η"
    letter, layer, place = _parts(symbol)
    return letter + place.translate(SUBSCRIPT) + layer.translate(SUPERSCRIPT)


def latex(symbol):
    r"""Write a symbol in LaTeX.

    Examples
    --------
    >>> print(latex("dC/dw^1_{2,1}"))
    \frac{\partial C}{\partial w^1_{2,1}}
    """
    if symbol.startswith("delta "):
        return r"\Delta " + latex(symbol.removeprefix("delta "))
    if symbol.startswith("new "):
        return r"\text{new }" + latex(symbol.removeprefix("new "))
    if derivative := split_derivative(symbol):
        above, below = (r"\partial " + latex(part) for part in derivative)
        return rf"\frac{{{above}}}{{{below}}}"
    if symbol == "eta":
        return r"\eta"
    return re.sub(r"([\^_])(\d\d+)", r"\1{\2}", symbol)  # LaTeX takes one digit: z_10 is z_1 0


LATEX_SIGNS = {
    "·": r"\cdot",
    "σ": r"\sigma",
    "²": "^2",
    "−": "-",
    "≈": r"\approx",
    "Σₖ": r"\sum_k",
}


def latex_signs(line):
    """Replace the signs of a plain line by those of LaTeX; its symbols are LaTeX already."""
    for sign, command in LATEX_SIGNS.items():
        line = line.replace(sign, command)
    return line


def say(symbol):
    """Put a symbol into words, as one would read it aloud.

    Examples
    --------
    >>> say("w^1_{2,1}")
    'the weight from input 1 to neuron 2 of layer 1'
    >>> say("dC/db^2_1")
    'the derivative of the cost with respect to the bias of neuron 1 of layer 2'
    """
    if symbol.startswith("delta "):
        return "the change of " + say(symbol.removeprefix("delta "))
    if symbol.startswith("new "):
        return say(symbol.removeprefix("new ")) + ", after the step"
    if derivative := split_derivative(symbol):
        above, below = derivative
        return f"the derivative of {say(above)} with respect to {say(below)}"
    if match := WEIGHT.fullmatch(symbol):
        layer, neuron, index = match.groups()
        source = f"input {index}" if layer == "1" else f"neuron {index} of layer {int(layer) - 1}"
        return f"the weight from {source} to neuron {neuron} of layer {layer}"
    if match := BIAS.fullmatch(symbol):
        return f"the bias of neuron {match[2]} of layer {match[1]}"
    if match := NEURON.fullmatch(symbol):
        what = {"z": "the weighted sum", "a": "the activation"}[match[1]]
        return f"{what} of neuron {match[3]} of layer {match[2]}"
    if match := DATA.fullmatch(symbol):
        return {"x": "input ", "y": "the true value of output "}[match[1]] + match[2]
    return {"C": "the cost", "eta": "the learning rate"}[symbol]


def split_derivative(symbol):
    """Return the two symbols of a derivative, or None: dC/db^2_1 gives C and b^2_1."""
    match = re.fullmatch(r"d(\S+)/d(\S+)", symbol)
    return match and match.groups()


def _parts(symbol):
    """Split z^1_2 into its letter, layer and place: z, 1, 2. What is missing is empty."""
    return re.fullmatch(r"([a-zA-Z]+)(?:\^(\d+))?(?:_\{?([\d,]+)\}?)?", symbol).groups(default="")


def number(value, digits=4):
    """Write a computed number: at most so many significant digits, as on paper.

    Rounded half away from zero, first to 12 digits, so that the last bit of a float never
    decides; no trailing zeros, no exponent, never -0.

    Parameters
    ----------
    value : float
    digits : int, at most 12

    Returns
    -------
    str
        With a true minus sign.

    Examples
    --------
    >>> number(0.00191463088), number(-5.0), number(0.1 + 0.2), number(0.12345)
    ('0.001915', '−5', '0.3', '0.1235')
    """
    exact = Decimal(value)
    for precision in (12, digits):
        exact = Context(prec=precision, rounding=ROUND_HALF_UP).plus(exact)
    return _positional(exact)


def number_as_given(value):
    """Write a given number exactly as it was given.

    Examples
    --------
    >>> number_as_given(10), number_as_given(-0.123456)
    ('10', '−0.123456')
    """
    return _positional(Decimal(repr(float(value))))


def _positional(exact):
    text = f"{exact:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def read_number(text):
    """Read a number back as it was written here.

    Examples
    --------
    >>> read_number("−1.5")
    -1.5
    """
    return float(text.replace("−", "-"))
