"""The catalogue of slips: each a rewrite of the recipe, with the thought behind it.

A slip looks at one entry of the recipe and yields what somebody who makes it would put there
instead: (operation, parents). It yields nothing where it does not strike, and several rules
where it has several variants. What follows from a slip is then worked out by `evaluate`.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from ffnn_helpers import notation
from ffnn_helpers.operations import add, pairs, sigmoid, squared_error, weighted_sum


@dataclass(frozen=True)
class Slip:
    """One wrong thought.

    Attributes
    ----------
    code : str
        Its stable name.
    thought : str
        Completes "that is what you get if ..."; {step} is the quantity it strikes.
    question : str
        A smaller question that leads out of it.
    rewrite : callable
        (key, operation, parents, recipe) to an iterator of (operation, parents).
    read : str
        Where to read again: the notebook's number and its heading.
    seen : tuple of str
        Where it was made in the open: a repository's issue, or a place in the handout.
    """

    code: str
    thought: str
    question: str
    rewrite: Callable
    read: str
    seen: tuple = ()


SLIPS = {}


def slip(thought, question, read, seen=()):
    """Enter the decorated rewrite into the catalogue, under its own name."""

    def enter(rewrite):
        code = rewrite.__name__.replace("_", "-")
        SLIPS[code] = Slip(code, thought, question, rewrite, read, seen)
        return rewrite

    return enter


# The forward pass


@slip(
    "the bias is left out of {step}",
    "Which term of the sum does not care about the inputs?",
    read="02, Add up what comes in",
)
def bias_left_out(key, operation, parents, recipe):
    if operation == "weighted sum":
        yield "sum of products", parents[:-1]


@slip(
    "a minus sign is lost in {step}",
    "Which of the numbers in it are below 0?",
    read="02, Add up what comes in",
)
def minus_lost(key, operation, parents, recipe):
    if operation == "weighted sum":
        yield "weighted sum without minus signs", parents
        for place in range(min(len(parents), 12)):
            yield f"weighted sum, minus {place} lost", parents
    if operation == "mean" and len(parents) > 1:
        yield "mean without minus signs", parents


@slip(
    "the weights in {step} meet the inputs in the wrong order",
    "Read the two numbers of each weight aloud: which neuron is it for, and which input?",
    read="02, See where each number sits",
    seen=("makeyourownneuralnetwork/makeyourownneuralnetwork#77",),
)
def inputs_swapped(key, operation, parents, recipe):
    if operation == "weighted sum":
        weights, sources = parents[:-1:2], parents[1:-1:2]
        if len(sources) > 1:
            swapped = [*sources[1:], sources[0]]
            products = [parent for pair in zip(weights, swapped, strict=True) for parent in pair]
            yield operation, (*products, parents[-1])


@slip(
    "the weights in {step} are read down a column of their table",
    "Does a neuron's row or its column hold its weights?",
    read="02, Read a symbol aloud",
    seen=("stephencwelch/Neural-Networks-Demystified#28", "iamtrask/Grokking-Deep-Learning#22"),
)
def weights_transposed(key, operation, parents, recipe):
    if operation == "weighted sum":
        transposed = [
            (re.sub(r"\{(\d+),(\d+)\}", r"{\2,\1}", symbol), k) if "w^" in symbol else (symbol, k)
            for symbol, k in parents
        ]
        if all(
            f"dC/d{s.removeprefix('new ')}" in _slopes(recipe) for s, _ in transposed if "w^" in s
        ):
            yield operation, tuple(transposed)


@slip(
    "{step} is that of another neuron",
    "Which neuron of its layer is meant?",
    read="02, Read a symbol aloud",
)
def weights_of_another_neuron(key, operation, parents, recipe):
    if operation == "weighted sum":
        new, layer, neuron = re.fullmatch(r"(new )?z\^(\d+)_(\d+)", key[0]).groups(default="")
        for other in _neighbours(int(neuron)):
            if (f"{new}z^{layer}_{other}", key[1]) in recipe:
                yield recipe[f"{new}z^{layer}_{other}", key[1]]


@slip(
    "{step} is taken before σ",
    "What does a neuron do with its z before it passes it on?",
    read="02, Pass it on",
)
def sigmoid_left_out(key, operation, parents, recipe):
    if operation == "sigmoid":
        yield "equal", parents


@slip(
    "the exponent in {step} has the wrong sign",
    "For a large z, σ(z) is near 1. Is e to your exponent large or small then?",
    read="01, Write it in one line",
)
def exponent_without_minus(key, operation, parents, recipe):
    if operation == "sigmoid":
        yield "sigmoid with e^z", parents


@slip(
    "{step} is only 1 + e^(−z), or brackets are missing",
    "Is a number above 1 possible for a σ?",
    read="01, Work it out with a calculator",
)
def denominator_alone(key, operation, parents, recipe):
    if operation == "sigmoid":
        yield "one plus e^-z", parents


@slip(
    "the error in {step} is not squared",
    "What does the formula do with the error?",
    read="03, Say how wrong the network is",
)
def square_left_out(key, operation, parents, recipe):
    if operation == "squared error" and len(parents) == 2:
        yield "difference", parents


@slip(
    "a half is put in front of the square in {step}",
    "Does our cost have a ½ in front?",
    read="03, Say how wrong the network is",
    seen=("bfortuner/ml-glossary#144", "aimacode/aima-python#845"),
)
def half_put_in(key, operation, parents, recipe):
    if operation == "squared error":
        yield "squared error halved", parents


@slip(
    "the error in {step} is doubled, not squared",
    "What is 3 squared, and what is 3 doubled?",
    read="03, Say how wrong the network is",
)
def doubled_for_squared(key, operation, parents, recipe):
    if operation == "squared error" and len(parents) == 2:
        yield "error slope", parents


@slip(
    "{step} uses a number of another observation",
    "Are all your numbers from one observation?",
    read="02, Do country 2 alone",
)
def other_observation(key, operation, parents, recipe):
    symbol, k = key
    for other in _neighbours(k) if k else ():
        if (symbol, other) in recipe and recipe[symbol, other] != (operation, parents):
            yield recipe[symbol, other]
            truth_of_other = tuple((s, other) if s[0] == "y" else (s, k) for s, k in parents)
            if truth_of_other != parents:
                yield operation, truth_of_other


# The factors of the chain rule


@slip(
    "the 2 is left out of {step}",
    "What is the derivative of a square?",
    read="03, Find each slope exactly",
    seen=("bfortuner/ml-glossary#144", "davisking/dlib#1169"),
)
def two_left_out(key, operation, parents, recipe):
    if operation == "error slope":
        yield "difference", parents


@slip(
    "the 2 is put into {step} twice",
    "How often does the square give a 2?",
    read="03, Find each slope exactly",
)
def two_taken_twice(key, operation, parents, recipe):
    if operation == "error slope":
        yield "error slope doubled", parents


@slip(
    "{step} is taken as 2(y − a), the other way round",
    "When the output is too high and grows, does the cost rise or fall?",
    read="03, Find each slope exactly",
    seen=("dennybritz/nn-from-scratch#11", "makeyourownneuralnetwork/makeyourownneuralnetwork#43"),
)
def error_reversed(key, operation, parents, recipe):
    if operation == "error slope":
        yield operation, parents[::-1]


@slip(
    "only 1 − a is taken for {step}",
    "What stands in front of the bracket in a(1 − a)?",
    read="01, Find the formula",
)
def activation_left_out(key, operation, parents, recipe):
    if operation == "sigmoid slope":
        yield "one minus", parents


@slip(
    "the slope of σ, {step}, is left out",
    "How steep is σ on the way from z to a?",
    read="04, Name the five links",
    seen=(
        "Bot-Academy/NeuralNetworkFromScratch#3",
        "hunkim/DeepLearningZeroToAll#25",
        "iamtrask/Grokking-Deep-Learning#9",
    ),
)
def slope_left_out(key, operation, parents, recipe):
    if operation == "sigmoid slope":
        yield "one", ()


@slip(
    "{step} is the slope at another neuron",
    "Which neuron of its layer is meant?",
    read="04, Name the five links",
)
def slope_of_another_neuron(key, operation, parents, recipe):
    if operation == "sigmoid slope":
        ((activation, k),) = parents
        layer, neuron = re.findall(r"\d+", activation)
        for other in _neighbours(int(neuron)):
            if (f"a^{layer}_{other}", k) in recipe:
                yield operation, ((f"a^{layer}_{other}", k),)


@slip(
    "{step} is taken as σ(z)(1 − z), as a misprint of the handout has it",
    "A slope of σ is never negative, and never above a quarter. Is yours?",
    read="01, Catch a misprint",
    seen=("handout, equation 3",),
)
def slope_with_bare_z(key, operation, parents, recipe):
    if operation == "sigmoid slope":
        ((activation, k),) = parents
        yield "first times one minus second", (*parents, (activation.replace("a", "z"), k))


@slip(
    "{step} is the slope of σ at a, not at z",
    "The neuron has applied σ already: a goes into a(1 − a) as it is. Which number did you put there?",
    read="04, Ask where on the curve you are",
    seen=("rasmusbergpalm/DeepLearnToolbox#165", "dwhitena/gophernet#6"),
)
def slope_at_activation(key, operation, parents, recipe):
    if operation == "sigmoid slope":
        yield "sigmoid slope at", parents


@slip(
    "the weight on the way, {step}, is left out",
    "When that a grows by 1, by how much does the next z grow?",
    read="04, Name the five links",
)
def weight_left_out(key, operation, parents, recipe):
    if _is_link_to_activation(key):
        yield "one", ()


@slip(
    "another weight stands in for {step}",
    "Which two neurons does the weight you need join?",
    read="04, Name the five links",
    seen=("handout, section 4",),
)
def wrong_weight(key, operation, parents, recipe):
    if _is_link_to_activation(key):
        layer, neuron, index = _numbers(parents[0][0])
        others = [(layer, index, neuron), (layer - 1, index, neuron), (layer - 1, index, index)]
        others += [(layer, neuron, other) for other in _neighbours(index)]
        others += [(layer, other, index) for other in _neighbours(neuron)]
        for other in dict.fromkeys(others):
            name = notation.weight(*other)
            if other != (layer, neuron, index) and (f"dC/d{name}", None) in recipe:
                yield "equal", ((name, None),)


@slip(
    "{step} uses the weight after the step",
    "When the derivative is taken, has any parameter moved yet?",
    read="05, Decide between old and new",
    seen=("joelgrus/data-science-from-scratch#31", "Bot-Academy/NeuralNetworkFromScratch#3"),
)
def new_weight_too_early(key, operation, parents, recipe):
    if _is_link_to_activation(key):
        yield "equal", ((f"new {parents[0][0]}", None),)


@slip(
    "{step} is taken with respect to the wrong letter",
    "In a product, which of the two moves, and which is held still?",
    read="04, Ask which letter varies",
)
def wrong_letter_varies(key, operation, parents, recipe):
    if _is_link_to_weight(key) or _is_link_to_activation(key):
        _, below = notation.split_derivative(key[0])
        yield "equal", ((below, key[1] if below[0] == "a" else None),)


@slip(
    "the last link, {step}, is left out",
    "What does this weight multiply?",
    read="04, Name the five links",
)
def last_link_left_out(key, operation, parents, recipe):
    if _is_link_to_weight(key):
        yield "one", ()


@slip(
    "the sign of {step} is turned round",
    "Is the number you put in above 0, or below?",
    read="04, Multiply the five",
)
def sign_turned_round(key, operation, parents, recipe):
    if _is_link_to_weight(key) or _is_link_to_activation(key):
        yield "negative", parents


@slip(
    "{step} is taken from another input",
    "Which input does this weight multiply?",
    read="04, Ask which letter varies",
)
def wrong_input(key, operation, parents, recipe):
    if _is_link_to_weight(key):
        above, below = notation.split_derivative(key[0])
        layer, neuron, index = _numbers(below)
        for other in _neighbours(index):
            if (f"d{above}/d{notation.weight(layer, neuron, other)}", key[1]) in recipe:
                letter = parents[0][0].rpartition("_")[0]
                yield "equal", ((f"{letter}_{other}", key[1]),)


@slip(
    "only one of the paths into {step} is counted",
    "Through how many neurons does a change here reach the cost?",
    read="04, See both paths",
    seen=("karpathy/nn-zero-to-hero#52",),
)
def one_path(key, operation, parents, recipe):
    if operation == "sum of products" and len(parents) > 2:
        for pair in pairs(parents):
            yield "product", pair


@slip(
    "the factors of {step} are added, not multiplied",
    "A change passes through one link, then through the next. What happens to its size?",
    read="03, Multiply along the chain",
)
def factors_added(key, operation, parents, recipe):
    if operation == "product":
        yield "sum", parents


# The mini-batch step


@slip(
    "{step} is the sum over the observations, not their mean",
    "What does the M in MSE stand for?",
    read="05, Ask why it is not the sum",
    seen=("42-AI/bootcamp_machine-learning#116",),
)
def sum_for_mean(key, operation, parents, recipe):
    if operation == "mean" and len(parents) > 1:
        yield "sum over observations", parents


@slip(
    "the 1/K is forgotten in {step}",
    "Is the step made with the sum of the slopes, or their mean?",
    read="05, Ask why it is not the sum",
    seen=("kuleshov-group/aml-book#17",),
)
def mean_left_out_of_change(key, operation, parents, recipe):
    if operation == "change" and (observations := _observations(parents, recipe)):
        yield "change times the count", (*parents, *observations)


@slip(
    "{step} is divided by K twice",
    "Which of your numbers are means already?",
    read="05, Average over the batch",
)
def mean_taken_twice(key, operation, parents, recipe):
    if operation == "mean" and len(parents) > 1:
        yield "mean divided twice", parents
    if operation == "change" and (observations := _observations(parents, recipe)):
        yield "change over the count", (*parents, *observations)


@slip(
    "{step} is divided by one less than K",
    "How many observations are in this batch?",
    read="05, Average over the batch",
)
def wrong_count(key, operation, parents, recipe):
    if operation == "mean" and len(parents) > 2:
        yield "mean of one fewer", parents


@slip(
    "{step} holds one observation only",
    "How many observations are in the batch?",
    read="05, Average over the batch",
)
def one_observation(key, operation, parents, recipe):
    if operation == "mean" and len(parents) > 1:
        for parent in parents:
            yield "equal", (parent,)


@slip(
    "{step} is read from a neighbouring row",
    "Which row of the gradient is it?",
    read="05, Case 4 (optional): the third row",
    seen=("handout, section 4",),
)
def wrong_row(key, operation, parents, recipe):
    if operation == "mean" and key[0].startswith("dC/d"):
        rows = _slopes(recipe)
        row = rows.index(key[0])
        for other in rows[max(row - 1, 0) : row] + rows[row + 1 : row + 2]:
            yield operation, tuple((other, k) for _, k in parents)


@slip(
    "the step goes up the slope, not down",
    "Should the cost rise or fall?",
    read="05, Go down the slope",
    seen=("dennybritz/nn-from-scratch#11",),
)
def ascent(key, operation, parents, recipe):
    if operation == "change":
        yield "product", parents


@slip(
    "the learning rate is left out",
    "How much of the slope is one step?",
    read="05, Go down the slope",
)
def learning_rate_left_out(key, operation, parents, recipe):
    if operation == "change":
        yield "negative", parents[1:]


@slip(
    "the learning rate is used twice",
    "How often does η stand in the formula of the step?",
    read="05, Go down the slope",
)
def learning_rate_squared(key, operation, parents, recipe):
    if operation == "change":
        yield "change with eta squared", parents


@slip(
    "the bias stays as it was",
    "Is a bias a parameter like the weights?",
    read="05, Fill in the question marks",
    seen=("mattm/simple-neural-network#5", "glouw/tinn#30"),
)
def bias_not_updated(key, operation, parents, recipe):
    if operation == "sum" and parents[0][0].startswith("b^"):
        yield "equal", parents[:1]
    if operation == "change" and parents[1][0].startswith("dC/db^"):
        yield "zero", ()


@slip(
    "the change is subtracted, although its minus is in Δ already",
    "Is the new value the old one plus Δ, or minus Δ?",
    read="05, Go down the slope",
)
def minus_twice(key, operation, parents, recipe):
    if operation == "sum":
        yield "difference", parents


def _slopes(recipe):
    return [symbol for symbol, k in recipe if k is None and symbol.startswith("dC/d")]


def _observations(parents, recipe):
    """Return what the slope in a change is the mean of, where that is more than one."""
    slope = parents[1]
    return recipe[slope][1] if len(recipe[slope][1]) > 1 else ()


def _neighbours(number):
    return [number - 1, number + 1]


def _numbers(weight):
    """Split w^1_{2,1} into layer, neuron and index."""
    return tuple(map(int, re.findall(r"\d+", weight)))


def _is_link_to_activation(key):
    return key[0].startswith("dz") and "/da" in key[0]


def _is_link_to_weight(key):
    return key[0].startswith("dz") and "/dw" in key[0]


NO_DECIMALS = 2.0**53  # every float from here on is a whole number


def to_decimals(value, decimals):
    """Round half away from zero, as on paper."""
    if not abs(value) < NO_DECIMALS:
        return value
    return math.copysign(math.floor(abs(value) * 10**decimals + 0.5) / 10**decimals, value)


def cut_to_2_decimals(value):
    return math.trunc(value * 100) / 100 if abs(value) < NO_DECIMALS else value


def with_positive(place):
    """Return a weighted sum that overlooks one minus sign."""
    return lambda values: weighted_sum(
        [abs(value) if n == place else value for n, value in enumerate(values)]
    )


# What nobody should compute, and somebody does: the values of the parents to a float.
WRONG_OPERATIONS = {
    "weighted sum without minus signs": lambda values: weighted_sum(list(map(abs, values))),
    **{f"weighted sum, minus {place} lost": with_positive(place) for place in range(12)},
    "mean without minus signs": lambda values: add(map(abs, values)) / len(values),
    "sum over observations": add,
    "difference": lambda values: values[0] - values[1],
    "error slope doubled": lambda values: 4 * (values[0] - values[1]),
    "mean divided twice": lambda values: add(values) / len(values) ** 2,
    "mean of one fewer": lambda values: add(values) / (len(values) - 1),
    "change times the count": lambda values: -values[0] * values[1] * (len(values) - 2),
    "change over the count": lambda values: -values[0] * values[1] / (len(values) - 2),
    "change with eta squared": lambda values: -values[0] * values[0] * values[1],
    "zero": lambda values: 0.0,
    "squared error halved": lambda values: squared_error(values) / 2,
    "one minus": lambda values: 1 - values[0],
    "negative": lambda values: -values[0],
    "first times one minus second": lambda values: values[0] * (1 - values[1]),
    "sigmoid slope at": lambda values: sigmoid(values) * (1 - sigmoid(values)),
    "to 2 decimals": lambda values: to_decimals(values[0], 2),
    "to 3 decimals": lambda values: to_decimals(values[0], 3),
    "cut to 2 decimals": lambda values: cut_to_2_decimals(values[0]),
    "to 2 decimals, not up to 1": lambda values: (
        0.99 if 0.99 < values[0] < 1 else to_decimals(values[0], 2)
    ),
    "one plus e^-z": lambda values: 1 + math.exp(min(-values[0], 700)),  # e^710 overflows
    "sigmoid with e^z": lambda values: sigmoid([-values[0]]),
}
