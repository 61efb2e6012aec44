"""check() and hint(): the verdict in words, and never the answer. reveal(): the answer to a guess."""

from textwrap import fill

from ffnn_helpers import notation
from ffnn_helpers.answers import read
from ffnn_helpers.arguments import brief
from ffnn_helpers.causes import agrees, causes, links, named, old_value
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
    Right. You guessed 3: you were too low, by a factor of 1.8.
    """
    print(fill(verdict(answer, step, guess), width=88))


def reveal(guess, truth):
    """Say how far a guess was from a number that is no step of a trace.

    Parameters
    ----------
    guess : float
        What the learner guessed; ``...`` where there is no guess.
    truth : float
        The number itself. It is printed: call this where the number may be seen.

    Raises
    ------
    TypeError
        If truth is no number.

    Notes
    -----
    A guess is close if it is between two thirds of the truth and one and a half times it.

    Examples
    --------
    >>> reveal(500, 1161)
    You guessed 500. It is 1161: you were too low, by a factor of 2.3.
    >>> reveal(1000, 1161)
    You guessed 1000. It is 1161: you were close.
    >>> reveal(-0.2, 0.1471234)
    You guessed −0.2. It is 0.1471: your sign was the other way.
    >>> reveal(..., 1161)
    You made no guess. It is 1161.
    """
    exact = _as_number(truth)
    if exact is None:
        raise TypeError(f"truth is {brief(truth)}; it must be a number, like 1161.")
    print(fill(_revealed(guess, exact), width=88))


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


NEAR = 0.1  # relative: rounding to two digits on the way seldom leads further


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
    has_a_way = any(parent.operation != "given" for parent in step.parents)
    if has_a_way and abs(value - step.value) < NEAR * abs(step.value - old_value(step)):
        said = "is near, but not it. If you rounded on the way, do it once more with six digits."
    else:
        said = "is not it, and I cannot tell where it comes from."
    return f"{name}: {_shown(answer)} {said} {_smaller_question(step)}"


def _compared(guess, truth):
    """Tell a learner how far off the guess was, once the number is found."""
    value = _as_number(guess)
    guessed = f"You guessed {_shown(guess)}"
    return f"{guessed}." if value is None else f"{guessed}: {_how_far(value, truth)}."


def _revealed(guess, truth):
    """Return the sentence that `reveal` prints."""
    value = _as_number(guess)
    it_is = f"It is {_shown(truth, 12 if truth.is_integer() else 4)}"
    if _is_blank(guess):
        return f"You made no guess. {it_is}."
    if value is None:
        return f"You guessed {_shown(guess)}, which is not a number. {it_is}."
    how_far = _how_far(value, truth)
    if how_far == RIGHT:
        return f"You guessed {_shown(guess)}: {how_far}."
    return f"You guessed {_shown(guess)}. {it_is}: {how_far}."


RIGHT = "you were right"
CLOSE = 3 / 2
FAR = 1_000_000


def _how_far(value, truth):
    """Say where a guess lies as seen from the truth; between them stands a factor, if there is one."""
    same = value == truth if truth.is_integer() else number(value) == number(truth)
    if same:
        return RIGHT
    if not truth or not value:
        return f"you were too {'high' if value > truth else 'low'}"
    if (value > 0) != (truth > 0):
        return "your sign was the other way"
    nearer, further = sorted([abs(value), abs(truth)])
    factor = further / nearer
    if factor < CLOSE:
        return "you were close"
    too_far, too_near = (
        ("too high", "too low") if truth > 0 else ("too far from 0", "too near to 0")
    )
    where = too_far if abs(value) == further else too_near
    factor = "more than a million" if factor > FAR else number(factor, 2)
    return f"you were {where}, by a factor of {factor}"


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
    if step.operation == "mean" and len(computed) > 1:
        first, *_, last = (parent.k for parent in computed)
        which = f"{first} {'and' if len(computed) == 2 else 'to'} {last}"
        name = notation.write(computed[0].symbol)
        return f"Take one step back: what do you have for {name} of each observation, {which}?"
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


LONGEST = 17  # characters; a longer number is one that nobody worked out on paper


def _shown(answer, digits=6):
    value = _as_number(answer)
    if value is None:
        return f"{answer!r:.40}"
    text = number(value, digits)
    return text if len(text) <= LONGEST else f"{value:.{digits}g}".replace("-", "−")
