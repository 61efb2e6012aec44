"""The page and Python say the same, character for character, wherever the numbers are moved."""

import random
from dataclasses import replace

import pytest

from ffnn_helpers import Network, explore, new_numbers, trace
from ffnn_helpers.notation import parameters
from ffnn_helpers.operations import OPERATIONS
from ffnn_helpers.steps import Trace
from tests.browser.reading import IN_THE_PAGE, PAGE, assert_same, in_python

# Makes one move after the other, and reads all that is shown after each.
MOVE = """([moves]) => {
    const root = document.querySelector(".ffnn-explorer");
    const read = READ;
    return moves.map((move) => {
        for (const [label, value] of Object.entries(move)) {
            const control = root.querySelector(`[aria-label="${label}"]`);
            control.value = value;
            control.dispatchEvent(new Event(control.tagName === "SELECT" ? "change" : "input"));
        }
        return read(root);
    });
}""".replace("READ", IN_THE_PAGE)


def made(sizes, K):
    """A step with numbers of both signs, the same on every machine."""
    draw = random.Random(str(sizes))
    theta = [draw.randint(-120, 120) / 100 for _ in parameters(sizes)]
    x = [[draw.randint(-30, 30) / 10 for _ in range(sizes[0])] for _ in range(K)]
    y = [[draw.randint(1, 9) / 10 for _ in range(sizes[-1])] for _ in range(K)]
    return trace(Network(sizes, theta), x, y, 0.5)


TRACES = {
    "2-2-1": new_numbers.trace,
    "2-2-2": made((2, 2, 2), 2),
    "4-5-3": made((4, 5, 3), 2),
}


class Moved:
    """The numbers of a step as they are moved, and the explorer that Python draws of them."""

    def __init__(self, explorer, steps, seed):
        self.given = {key: steps[key].value for key in steps.given}
        self.sizes, self.draw = steps.sizes, random.Random(seed)
        self.controls = explorer.data["controls"]
        self.k, self.choice = explorer.data["k"], explorer.data.get("choice")
        self.observations = [k for symbol, k in steps.given if symbol == "x_1"]
        self.choices = list(explorer.data.get("choices", ()))

    def move(self):
        """Move one number, or now and then another choice: what goes into which control."""
        if self.choices and self.draw.random() < 0.3:
            self.choice = self.draw.choice(self.choices)
            return {"parameter": self.choice}
        if len(self.observations) > 1 and self.draw.random() < 0.2:
            self.k = self.draw.choice(self.observations)
            return {"observation": str(self.k)}
        control = self.draw.choice([c for c in self.controls if self.key(c) in self.given])
        value = self.draw.uniform(control["min"], control["max"])
        value = float(f"{value:.{self.draw.randint(0, 4)}f}")
        value = min(control["max"], max(control["min"], value))
        self.given[self.key(control)] = value
        return {f"{control['label']}, as a number": str(value)}

    def key(self, control):
        return control["symbol"], self.k if control["symbol"].startswith("x_") else None

    def trace(self):
        sizes = self.sizes
        theta = [self.given[symbol, None] for symbol in parameters(sizes)]
        x, y = (
            [[self.given[f"{letter}_{i}", k] for i in range(1, n + 1)] for k in self.observations]
            for letter, n in (("x", sizes[0]), ("y", sizes[-1]))
        )
        return trace(Network(sizes, theta), x, y, self.given["eta", None])


def moves_and_truths(kind, steps, seed, count):
    """The page of an explorer, what is moved in it, and what Python then draws."""
    explorer = getattr(explore, kind)(steps)
    moved = Moved(explorer, steps, seed)
    moves, truths = [], []
    for _ in range(count):
        moves.append(moved.move())
        more = {"k": moved.k} if kind != "learning_rate" else {}
        more |= {"symbol": moved.choice} if moved.choice else {}
        truths.append(in_python(getattr(explore, kind)(moved.trace(), **more)))
    return explorer.html, moves, truths


def shown_after(page, html, moves):
    page.set_content(PAGE.format(html))
    page.wait_for_selector(".ffnn-controls")
    return page.evaluate(MOVE, [moves])


def assert_all_same(page, html, moves, truths):
    for move, shown, truth in zip(moves, shown_after(page, html, moves), truths, strict=True):
        assert_same(shown, truth, move)


FEW = [(kind, sizes, 1, 12) for kind in ("forward", "chain_rule") for sizes in TRACES]
MANY = [
    pytest.param(kind, sizes, 2, count, marks=pytest.mark.slow)
    for kind in ("forward", "chain_rule")
    for sizes, count in {"2-2-1": 1000, "2-2-2": 500, "4-5-3": 150}.items()
]


@pytest.mark.parametrize(("kind", "sizes", "seed", "count"), [*FEW, *MANY])
def test_every_text_is_the_same_after_each_move(page, kind, sizes, seed, count):
    assert_all_same(page, *moves_and_truths(kind, TRACES[sizes], seed, count))


@pytest.mark.parametrize("sizes", TRACES)
def test_a_step_has_the_same_lines_whatever_the_learning_rate(page, sizes):
    html, moves, truths = moves_and_truths("step", TRACES[sizes], seed=1, count=3)
    for shown, truth in zip(shown_after(page, html, moves), truths, strict=True):
        (cost, lines), (true_cost, true_lines) = shown["tables"], truth["tables"]
        assert lines == true_lines
        assert cost[:2] == true_cost[:2]


@pytest.mark.parametrize("sizes", TRACES)
def test_the_walk_has_the_same_lines_whatever_the_learning_rate(page, sizes):
    explorer = explore.learning_rate(TRACES[sizes])
    # Where a walk bounces, the last bit of e^z grows until it is seen: below that the texts are compared.
    rates = [0.01, 0.07, 0.5, 1.3, 2]
    moves = [{"the learning rate, as a number": str(eta)} for eta in rates]
    for eta, shown in zip(rates, shown_after(page, explorer.html, moves), strict=True):
        moved = Moved(explorer, TRACES[sizes], seed=0)
        moved.given["eta", None] = eta
        assert_same(shown, in_python(explore.learning_rate(moved.trace())), eta)


def test_a_neuron_has_the_same_lines_wherever_it_is_moved(page):
    draw, numbers = random.Random(3), {"w": 1, "x": 1, "b": 0}
    spoken = {"w": "the weight", "x": "the input", "b": "the bias"}
    moves, truths = [], []
    for _ in range(60):
        name = draw.choice("wxb")
        numbers[name] = draw.randint(-1000, 1000) / 100
        moves.append({f"{spoken[name]}, as a number": str(numbers[name])})
        truths.append(in_python(explore.sigmoid(**numbers)))
    assert_all_same(page, explore.sigmoid().html, moves, truths)


# What the test above would not see, it would not protect from.

CHANGES = {
    "weighted sum": (
        "add([...products(values.slice(0, -1)), values.at(-1)])",
        "add(products(values.slice(0, -1)))",
    ),
    "sigmoid": ("([z]) => sigmoid(z)", "([z]) => sigmoid(-z)"),
    "squared error": ("(a - y) * (a - y)", "(a - y) * (a - y) / 2"),
    "error slope": ("2 * (a - y)", "a - y"),
    "sigmoid slope": ("a * (1 - a)", "a * (1 + a)"),
    "equal": ("([value]) => value", "([value]) => -value"),
    "one": ("compute: () => 1,", "compute: () => 2,"),
    "product": ("product: { compute: multiply,", "product: { compute: add,"),
    "sum of products": (
        "(values) => add(products(values)),",
        "(values) => products(values)[0],",
    ),
    "mean": ("add(values) / values.length", "add(values)"),
    "change": ("-eta * slope", "eta * slope"),
    "sum": ("sum: { compute: add,", "sum: { compute: ([a, b]) => a - b,"),
    "rounding": ("Math.round(whole", "Math.floor(whole"),
    "written": ('.join(" · ")', '.join(" × ")'),
}


@pytest.mark.slow
@pytest.mark.parametrize("operation", CHANGES)
def test_a_changed_operation_in_the_page_is_seen(page, operation):
    html, moves, truths = moves_and_truths("step", TRACES["2-2-2"], seed=1, count=3)
    right, wrong = CHANGES[operation]
    assert html.count(right) == 1
    shown = shown_after(page, html.replace(right, wrong), moves)
    assert [read["tables"][1] for read in shown] != [read["tables"][1] for read in truths]


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_changed_operation_in_python_is_seen(page, operation, monkeypatch):
    honest = OPERATIONS[operation].compute
    html = explore.step(TRACES["2-2-2"]).html
    changed = replace(OPERATIONS[operation], compute=lambda values: 1.01 * honest(values))
    monkeypatch.setitem(OPERATIONS, operation, changed)
    _, moves, truths = moves_and_truths("step", fresh(TRACES["2-2-2"]), seed=1, count=1)
    (shown,) = shown_after(page, html, moves)
    assert shown["tables"][1] != truths[0]["tables"][1]


def fresh(steps):
    """The same trace, not worked out yet."""
    return Trace(steps.sizes, steps.recipe, steps.given)
