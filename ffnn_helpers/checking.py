"""check() and hint(): the verdict in words, and never the answer."""

from textwrap import fill

from ffnn_helpers import notation
from ffnn_helpers.answers import read
from ffnn_helpers.arguments import brief
from ffnn_helpers.causes import agrees, causes, links, named
from ffnn_helpers.notation import number
from ffnn_helpers.operations import OPERATIONS
from ffnn_helpers.steps import Step


def check(answer, step, guess=None):
    """Say whether a number is right, and if not, which thought leads to it.

    Parameters
    ----------
    answer : float
        The learner's number; ``...`` where there is none yet.
    step : Step
        The quantity it should be, like ``handout.trace["z^1_2", 1]``.
    guess : float, optional
        What the learner guessed before working it out.

    Raises
    ------
    TypeError
        If step is no step.

    Notes
    -----
    Right means within 1e-3 of the truth, relative; a new parameter is judged by its change.

    Examples
    --------
    >>> from ffnn_helpers import handout
    >>> check(..., handout.trace["z^1_2", 1])
    z₂¹: nothing here yet. Replace the ... with your number.
    >>> check(4.5, handout.trace["z^1_2", 1])
    4.5 is what you get if the bias is left out of z₂¹. Which term of the sum does not care
    about the inputs?
    >>> check(5.5, handout.trace["z^1_2", 1], guess=3)
    Right. You guessed 3: too small.
    """
    print(fill(verdict(answer, step, guess), width=88))


def hint(step, level=1):
    """Help with one step, a little more at each level.

    Parameters
    ----------
    step : Step
    level : {1, 2, 3}
        1 says what kind of step it is, 2 shows the formula or the links, 3 asks a smaller
        question.

    Raises
    ------
    TypeError
        If step is no step.
    ValueError
        If there is no such level.

    Examples
    --------
    >>> from ffnn_helpers import handout
    >>> hint(handout.trace["z^1_2", 1])
    z₂¹ is a weighted sum: each input times its weight, all added up, then the bias.
    For more help: level=2.
    """
    _needs_a_step(step)
    if level not in (1, 2, 3):
        raise ValueError(f"level is {level!r}; hints have level 1, 2 and 3.")
    name = notation.write(step.symbol)
    if step.operation == "given" or level == 1:
        print(f"{name} is {KINDS[step.operation]}")
    elif level == 2:
        written = [notation.write(link.symbol) for link in links(step)] or [step.formula]
        print(f"{name} = {' · '.join(written)}")
    else:
        print(_begun_line(step) or _smaller_question(step))
    if step.operation != "given" and level < 3:
        print(f"For more help: level={level + 1}.")


def _needs_a_step(step):
    if not isinstance(step, Step):
        raise TypeError(
            f'step is {brief(step)}; it must be a step, like handout.trace["z^1_2", 1].'
        )


KINDS = {
    "given": "given. Look for it in the tables of the data and the parameters.",
    "weighted sum": "a weighted sum: each input times its weight, all added up, then the bias.",
    "sigmoid": "what σ makes of the neuron's z.",
    "squared error": "the squared error: how far the output is from the true value, squared.",
    "error slope": "how fast the squared error grows with the output: the derivative of a square.",
    "sigmoid slope": "the slope of σ at the neuron's z. It can be had from a alone.",
    "equal": "the derivative of a product, where one factor varies and the other holds still.",
    "one": "the derivative of a sum with respect to a term that stands in it alone.",
    "product": "a chain: the slope so far, times one more link.",
    "sum of products": "a sum over the paths: one product for each neuron that comes after.",
    "mean": "the mean over the observations of the batch.",
    "change": "how far the parameter moves: η times the slope, downhill.",
    "sum": "the old value and its change.",
}


def verdict(answer, step, guess=None):
    """Return the sentence that `check` prints."""
    _needs_a_step(step)
    name = notation.write(step.symbol)
    if answer is None:  # what a function gives that ends without return
        return f"{name}: nothing here yet. A function hands its result over with return."
    if _is_blank(answer):
        return f"{name}: nothing here yet. Replace the ... with your number."
    value = _as_number(answer)
    if isinstance(answer, tuple) and len(answer) == 2 and all(isinstance(n, int) for n in answer):
        return f"{name}: {_shown(answer)} is two numbers. Write a decimal point, not a comma: 0.25."
    if value is None:
        return f"{name}: {_shown(answer)} is not a number. Put in one number, like 0.25."
    if agrees(value, step.value, step):
        return "Right." if _is_blank(guess) else f"Right. {_compared(guess, step.value)}"
    cause = next(filter(None, causes(value, step)), None)
    if cause:
        return f"{_shown(answer)} is {cause}"
    return (
        f"{name}: {_shown(answer)} is not it, and I cannot tell where it comes from."
        f" {_smaller_question(step)}"
    )


def _compared(guess, truth):
    """Tell a learner how far off the guess was, once the number is found."""
    value = _as_number(guess)
    guessed = f"You guessed {_shown(guess)}"
    if value is None or not truth:
        return f"{guessed}."
    ratio = value / truth
    if ratio < 0:
        return f"{guessed}: its sign was the other way."
    if 2 / 3 < ratio < 3 / 2:
        return f"{guessed}: close."
    if truth < 0:
        far = f"{number(ratio, 2)} times too far from 0" if ratio > 1 else "too near to 0"
        return f"{guessed}: {far}."
    return f"{guessed}: {f'{number(ratio, 2)} times too large' if ratio > 1 else 'too small'}."


def _begun_line(step):
    """Write the line with the given numbers in it, and a box for the last of them."""
    given = [parent for parent in step.parents if parent.operation == "given"]
    if not given or step.operation == "equal":
        return None
    begun = [
        parent.written() if parent.operation == "given" else notation.write(parent.symbol)
        for parent in step.parents
    ]
    if len(given) == len(step.parents):
        begun[-1] = "□"
        return f"{OPERATIONS[step.operation].write(begun)}: what belongs in the box?"
    missing = next(parent for parent in step.parents if parent.operation != "given")
    line = OPERATIONS[step.operation].write(begun)
    return f"With the given numbers: {line}. What do you have for {named(*missing.key)}?"


def _smaller_question(step):
    if written := [notation.write(link.symbol) for link in links(step)]:
        return f"Its links are {', '.join(written)}. Which of them have you checked?"
    if step.operation == "equal":
        above, below = map(notation.write, notation.split_derivative(step.symbol))
        return f"Write {above} out as a sum. What stands beside {below} in it?"
    computed = [parent for parent in step.parents if parent.operation != "given"]
    if computed:
        return f"Take one step back: what do you have for {named(*computed[0].key)}?"
    if step.parents:
        names = ", ".join(notation.write(parent.symbol) for parent in step.parents)
        return f"Which numbers of the tables stand for {names}?"
    return f"{notation.write(step.symbol)} is {KINDS[step.operation]}"


def _is_blank(answer):
    return read(answer).is_blank


def _as_number(answer):
    return read(answer).value


def _shown(answer):
    value = _as_number(answer)
    return f"{answer!r:.40}" if value is None else number(value, digits=6)
