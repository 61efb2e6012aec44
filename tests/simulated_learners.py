"""Learners who are no people: how many questions practice asks them, and what it wrongly calls mastered.

Run ``python -m tests.simulated_learners``: it prints, for each of them, how many questions were
asked (at most 200; of those who act by chance 60, many times), how many skills are mastered, and how
often a skill is called mastered that is not.
"""

import sys
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from ffnn_helpers.mastery import SKILLS, Practice
from ffnn_helpers.notation import number, read_number
from ffnn_helpers.slips import SLIPS, WRONG_OPERATIONS
from ffnn_helpers.steps import evaluate

MOST_QUESTIONS = 200
PATIENCE = 8  # answers to one question, before the learner asks to be shown
DIGITS_SEEN = 6


def knows(step, told, chance):
    return number(step.value)


def knows_and_is_careless(step, told, chance):
    """Make one mistake in ten answers."""
    return number(step.value * (1 if chance.random() > 0.1 else 1.37))


def believes(code):
    """Make a slip of the catalogue wherever it can be made."""

    def answer(step, told, chance):
        trace, rules = step.trace, {}
        for key, (operation, parents) in trace.recipe.items():
            if key not in trace.given:
                for rule in SLIPS[code].rewrite(key, operation, parents, trace.recipe):
                    rules.setdefault(key, rule)
        values = evaluate(trace.recipe | trace.given, rules, WRONG_OPERATIONS)
        return number(values[step.key])

    return answer


def rounds_to_two_digits(step, told, chance):
    """Round every number, also those that are given."""
    rules = {}
    for (symbol, k), rule in step.trace.rules.items():
        rules[f"exact {symbol}", k] = rule
        rules[symbol, k] = "two digits", ((f"exact {symbol}", k),)
    rounding = {"two digits": lambda values: read_number(number(values[0], 2))}
    return number(evaluate(rules, {}, rounding)[step.key])


def guesses(step, told, chance):
    """Put in a number of the page, or join two of them somehow."""
    seen = [value for (_, k), value in step.trace.given.items() if k in (step.k, None)]
    first, second = chance.choice(seen), chance.choice(seen)
    joined = [first * second, first + second, first - second, 2 * (first - second)]
    joined += [first * (1 - first), -first * second]
    return number(chance.choice([*[first] * 6, *joined]), DIGITS_SEEN)


def tosses_a_coin(step, told, chance):
    """Know all but which letter of a product varies."""
    swapped = believes("wrong-letter-varies")
    return (knows if chance.random() < 0.5 else swapped)(step, told, chance)


def learns(code, times=2):
    """Make a slip until it was named so many times."""
    makes_it = believes(code)

    def answer(step, told, chance):
        return (knows if told[code] >= times else makes_it)(step, told, chance)

    return answer


LEARNERS = {
    "knows": knows,
    "knows, and is careless": knows_and_is_careless,
    "leaves out the weight": believes("weight-left-out"),
    "takes σ′ at σ": believes("slope-at-activation"),
    "rounds to two digits": rounds_to_two_digits,
    "guesses": guesses,
    "tosses a coin over w and a": tosses_a_coin,
    "learns the weight": learns("weight-left-out"),
    "learns where σ′ is taken": learns("slope-at-activation"),
}
# What each of them cannot do.
CANNOT = {
    "knows": set(),
    "knows, and is careless": set(),
    "leaves out the weight": {"link", "chain", "two paths"},
    "takes σ′ at σ": {"sigmoid slope", "bias chain", "chain", "two paths"},
    "rounds to two digits": set(SKILLS),
    "guesses": set(SKILLS),
    "tosses a coin over w and a": {"link", "chain", "two paths"},
    "learns the weight": set(),
    "learns where σ′ is taken": set(),
}


@dataclass
class Session:
    """What became of one learner."""

    questions: int = 0
    answers: int = 0
    named: set = field(default_factory=set)  # codes of slips
    mastered: set = field(default_factory=set)  # at any time
    asked: list = field(default_factory=list)  # the skills, in order


def simulate(learner, names=tuple(SKILLS), seed=0, most=MOST_QUESTIONS):
    """Let a learner practise until all is mastered, or patience ends."""
    chance, practice, told, session = Random(seed), Practice(names), Counter(), Session()
    practice.next()
    while practice.question and session.questions < most:
        session.questions += 1
        session.asked.append(practice.question.skill.name)
        tries = 0
        while practice.way:
            if tries == PATIENCE:
                practice.show()
                tries = 0
                continue
            known = len(practice.attempts)
            practice.answer(learner(practice.step, told, chance))
            tries += 1
            for attempt in practice.attempts[known:]:
                told.update(attempt.slips)
        session.answers += tries
        session.mastered.update(practice.mastered)
        practice.next()
    session.named = set(told)
    return session


def false_mastery(name, sessions):
    """Return each skill that a learner cannot do, to the share of sessions that call it mastered."""
    return {
        skill: sum(skill in session.mastered for session in sessions) / len(sessions)
        for skill in SKILLS
        if skill in CANNOT[name]
    }


def main(runs=100):
    print(f"{'learner':30}{'questions':>10}{'mastered':>10}  wrongly")
    for name, learner in LEARNERS.items():
        is_random = name in ("guesses", "tosses a coin over w and a", "knows, and is careless")
        seeds, most = (range(runs), 60) if is_random else (range(1), MOST_QUESTIONS)
        sessions = [simulate(learner, seed=seed, most=most) for seed in seeds]
        questions = sum(session.questions for session in sessions) / len(sessions)
        mastered = sum(len(session.mastered) for session in sessions) / len(sessions)
        wrongly = [f"{skill} {share:.0%}" for skill, share in false_mastery(name, sessions).items()]
        print(f"{name:30}{questions:10.1f}{mastered:10.2f}  {', '.join(wrongly)}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
