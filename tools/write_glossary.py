"""Writes notebooks/glossary.ipynb: every kind of symbol, and every word that a page of the course explains.

    python tools/write_glossary.py            writes the page
    python tools/write_glossary.py --check    writes nothing; says whether the page is current

How a symbol is written, typed, read aloud and made of others comes from the recipe and the notation
of the course. What is typed in here is where it is explained, and the words.
"""

import re
import sys

from nbformat.v4 import new_markdown_cell, new_notebook
from run_notebooks import NOTEBOOKS, clean, text_of

from ffnn_helpers import handout, notation, two_paths
from ffnn_helpers.checking import KINDS
from ffnn_helpers.operations import OPERATIONS

PAGE = NOTEBOOKS / "glossary.ipynb"

GIVEN = {
    "x": "given: an input of one observation",
    "y": "given: the true value of one output",
    "w": "a parameter, given at first: how much an input counts",
    "b": "a parameter, given at first: what is added to the weighted inputs",
    "eta": "given: how large a part of the slope one step goes",
}

# (a trace, a symbol, the number of the observation, where it is explained).
# Every kind of symbol that a trace can have is here once; tests/test_glossary.py counts them.
SYMBOLS = [
    # The way forward
    (handout, "x_1", 1, "00, Meet two countries"),
    (handout, "y_1", 1, "00, Meet the network"),
    (handout, "w^1_{2,1}", None, "02, Read a symbol aloud"),
    (handout, "b^1_2", None, "02, Add up what comes in"),
    (handout, "z^1_2", 1, "02, Add up what comes in"),
    (handout, "a^1_2", 1, "02, Pass it on"),
    (handout, "yhat", 1, "02, Pass it on"),
    (handout, "C", 1, "03, Say how wrong the network is"),
    (handout, "C", None, "05, Average over the batch"),
    # The way back: links
    (handout, "dC/dyhat", 1, "03, Find each slope exactly"),
    (handout, "da^1_2/dz^1_2", 1, "01, Find the formula"),
    (handout, "dz^2_1/da^1_2", 1, "04, Ask which letter varies"),
    (handout, "dz^1_2/dw^1_{2,1}", 1, "04, Name the five links"),
    (handout, "dz^2_1/db^2_1", 1, "03, Find each slope exactly"),
    # The way back: products of links
    (handout, "dC/dz^1_2", 1, "04, Share the beginning"),
    (two_paths, "dC/da^1_2", 1, "04, See both paths"),
    (handout, "dC/dw^1_{2,1}", 1, "04, Name the five links"),
    # The step
    (handout, "dC/dw^1_{2,1}", None, "05, Average over the batch"),
    (handout, "eta", None, "05, Go down the slope"),
    (handout, "delta w^1_{2,1}", None, "05, Go down the slope"),
    (handout, "new w^1_{2,1}", None, "05, Go down the slope"),
]

# What stands on paper and is no entry of a trace: (on paper, in code, read aloud, what it is, where).
SIGNS = [
    (r"\sigma(z)", "sigmoid(z)", "sigma of z", "the sigmoid", "01, Guess two values"),
    (
        r"\sigma'(z)",
        "a * (1 - a)",
        "sigma prime of z",
        "the slope of the sigmoid at z",
        "01, Nudge it and look",
    ),
    (
        r"\partial",
        "d",
        "d",
        "a round d, above and below the line of a derivative",
        "01, Nudge it and look",
    ),
    (
        r"\theta",
        "net.theta",
        "theta",
        "all parameters in one list, neuron by neuron: its weights, then its bias",
        "00, Meet the network",
    ),
    (
        r"\nabla C",
        "net.gradient(x, y)",
        "nabla C",
        "the slopes of the batch's cost, in the order of θ",
        "05, Fill in the question marks",
    ),
    ("K", "len(x)", "K", "how many observations the batch has", "05, Average over the batch"),
    (
        "k",
        "k=1",
        "k",
        "the number of an observation, from 1; in `t[…]` it stands after the symbol",
        "02, See where each number sits",
    ),
    (
        "W^1",
        "net.weights[0]",
        "the matrix W of layer 1",
        "the weights of a layer, with a row for each neuron",
        "06, Read a table as a matrix",
    ),
]

# word: (what it means, where it is explained)
WORDS = {
    "activation": (
        "What a neuron passes on: $a = \\sigma(z)$, a number between 0 and 1.",
        "01, Guess two values",
    ),
    "backpropagation": (
        "The chain rule with shared work: begin at the cost, go back one layer at a time, and work out no piece twice.",
        "06, Share the beginning, layer by layer",
    ),
    "batch": (
        "The observations that share one step. Its cost is the mean of their costs.",
        "05, Average over the batch",
    ),
    "bias": (
        "The parameter that a neuron adds to its weighted inputs. No input touches it.",
        "02, Add up what comes in",
    ),
    "chain rule": (
        "Slopes along a chain multiply.",
        "03, Watch the nudge travel",
    ),
    "change": (
        "How far a parameter moves in one step: $\\Delta = -\\eta \\cdot \\text{slope}$. The minus is inside it.",
        "05, Go down the slope",
    ),
    "column": (
        "The numbers of a matrix that stand below each other.",
        "06, Work out one z by hand",
    ),
    "cost": (
        "How wrong an answer is: $(\\hat y - y)^2$, added over the outputs. There is no ½ in front.",
        "03, Say how wrong the network is",
    ),
    "derivative": (
        "A slope: how far one quantity moves for each unit of another, while all else is held still.",
        "03, Nudge it and look",
    ),
    "diverge": (
        "A training diverges when its learning rate is so large that the cost grows and does not come back.",
        "07, Find out where it is stuck",
    ),
    "epoch": (
        "The steps in which every row is used once.",
        "05, Read the word mini-batch",
    ),
    "forward pass": (
        "The way from the inputs to the answer, layer by layer.",
        "02, What you have now",
    ),
    "gradient": (
        "The list of the slopes of all parameters, in the order of θ.",
        "05, Fill in the question marks",
    ),
    "gradient check": (
        "A gradient, compared with nudges of all parameters. It sees whether they fit, not whether the cost is right.",
        "06, Check a gradient without a key",
    ),
    "held out": (
        "Rows that are held out, or held back, are not trained on. They test what the others have taught.",
        "05, Read the word mini-batch",
    ),
    "hidden neuron": (
        "A neuron between the inputs and the output.",
        "00, Meet the network",
    ),
    "layer": (
        "Neurons that get the same inputs. Layer 1 is the hidden one here, layer 2 the output.",
        "02, Read a symbol aloud",
    ),
    "learning rate": (
        "Written $\\eta$: how large a part of the slope one step goes.",
        "05, Go down the slope",
    ),
    "link": (
        "The slope from one quantity to the next one on the way to the cost: one factor of the chain.",
        "03, Find each slope exactly",
    ),
    "loss curve": (
        "The cost after each step, drawn. Loss is another word for cost.",
        "07, See the loss curve",
    ),
    "matrix": (
        "A block of numbers in rows and columns, such as the weights of a layer.",
        "06, Read a table as a matrix",
    ),
    "mean": (
        "The sum, divided by how many there are. It is the M in MSE, the mean squared error.",
        "05, Average over the batch",
    ),
    "mini-batch": (
        "A small part of many rows, which shares one step.",
        "05, Read the word mini-batch",
    ),
    "neuron": (
        "It weighs what comes in, adds its own bias, and passes on a number between 0 and 1.",
        "00, Meet the network",
    ),
    "nudge": (
        "To move one number a little, up and down, and see how far another one moves. Divided, that is a slope.",
        "03, Nudge it and look",
    ),
    "observation": (
        "One row of the data: its inputs and its true value. Here it is a country, later a quarter of a year.",
        "02, Read a symbol aloud",
    ),
    "parameter": (
        "A weight or a bias: what a step changes. The data stay as they are.",
        "00, Meet the network",
    ),
    "path": (
        "One way from a parameter to the cost. Along a path slopes multiply; over the paths they add.",
        "04, See both paths",
    ),
    "relative error": (
        "How far a number is off, divided by the true one. 0.01 means 1 %.",
        "06, Choose how far to nudge, if you have three minutes more",
    ),
    "row": ("The numbers of a matrix that stand beside each other.", "06, Work out one z by hand"),
    "saturated": (
        "A neuron is saturated where σ is flat: its $a$ is near 0 or 1, and hardly anything of a change comes through.",
        "01, Find its limits",
    ),
    "seed": (
        "Where random numbers begin: the same seed gives the same numbers.",
        "07, Choose the batch size",
    ),
    "shape": (
        "How many rows a matrix has, then how many columns.",
        "06, Guess a shape",
    ),
    "sigmoid": (
        "The function σ, which squashes any number into the range from 0 to 1.",
        "01, Guess two values",
    ),
    "slope": (
        "How far one quantity moves for each unit of another. It is true for this place only.",
        "01, Guess a slope",
    ),
    "standardise": (
        "To take away the mean of a column, then divide by its standard deviation.",
        "07, Scale the inputs",
    ),
    "step": (
        "One move of all parameters at once, each by its change.",
        "00, Guess how it learns",
    ),
    "tangent": (
        "The straight line that touches a curve in one point, and is as steep as the curve there.",
        "01, See it",
    ),
    "transpose": (
        "A matrix laid on its side: row 1 becomes column 1. Written $W^{\\mathsf T}$, typed `W.T`.",
        "06, Work out one z by hand",
    ),
    "weight": (
        "The parameter that an input is multiplied by. Its lower numbers say: to this neuron, from that input.",
        "02, Read a symbol aloud",
    ),
}


def link(place):
    """Write a link to a section: "02, Pass it on" gives "see 02", which leads to that heading of notebook 02."""
    number, _, heading = place.partition(", ")
    (path,) = NOTEBOOKS.glob(f"{number}_*.ipynb")
    return f"see\N{NO-BREAK SPACE}[{number}]({path.name}#{heading.replace(' ', '-')})"


def table(heads, rows):
    lines = [heads, [":---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def entry(aloud, what, typed, place, formula=""):
    """Put all that is said of a symbol into one cell: a third column is too narrow on a small screen."""
    lines = [aloud, f"*{what}*", *([mathematics(f"= {formula}")] if formula else [])]
    return "<br>".join([*lines, f"`{typed}` ({link(place)})"])


def mathematics(latex):
    """Write fractions as large as in a line of their own: else the numbers of a symbol are hard to read."""
    return rf"$\displaystyle {latex}$"


def symbol_row(sheet, symbol, k, place):
    """One line of the symbol table, all but the place from the recipe and the notation."""
    step = sheet.trace[symbol, k]
    typed = f't["{symbol}"]' if k is None else f't["{symbol}", {k}]'
    written, formula = notation.latex(step.symbol), ""
    if symbol == "yhat":
        written, formula = r"\hat y", written
        what = "the answer: what the output neuron passes on"
    elif step.operation == "given":
        what = GIVEN[re.match(r"[a-z]+", symbol)[0]]
    else:
        parents = [notation.latex(parent.symbol) for parent in step.parents]
        formula = notation.latex_signs(OPERATIONS[step.operation].write(parents))
        what = KINDS[step.operation].rstrip(".")
    return [mathematics(written), entry(notation.say(step.symbol), what, typed, place, formula)]


def sign_row(on_paper, in_code, aloud, what, place):
    return [mathematics(on_paper), entry(aloud, what, in_code, place)]


def page():
    """Return the glossary as a notebook."""
    symbols = [symbol_row(*row) for row in SYMBOLS]
    words = [
        [f"**{word}**", f"{meaning} ({link(place)})"] for word, (meaning, place) in WORDS.items()
    ]
    cells = [
        "# Look up a symbol or a word\n\n"
        "The number at the end of an entry leads to the page that explains it. [Words](#Words) are further down.",
        "## Symbols\n\n"
        "`t` stands for `handout.trace`, with its two countries. The sum over the paths is that of `two_paths`.\n"
        "The number after a symbol is the observation; without it, the whole batch is meant.\n\n"
        + table(["on paper", "read aloud, *what it is*, how it is made and typed"], symbols),
        "## Other signs\n\n"
        + table(
            ["on paper", "read aloud, *what it is*, in code"], [sign_row(*sign) for sign in SIGNS]
        ),
        "## Words\n\n" + table(["word", "what it means"], words),
    ]
    ids = ["look-up", "symbols", "other-signs", "words"]
    return clean(
        new_notebook(cells=[new_markdown_cell(c, id=i) for c, i in zip(cells, ids, strict=True)])
    )


def main(arguments):
    text = text_of(page())
    if "--check" not in arguments:
        PAGE.write_text(text, encoding="utf-8", newline="\n")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        return "glossary.ipynb is not current: run `make notebooks`."
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
