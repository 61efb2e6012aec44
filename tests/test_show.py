"""Tables: the same in the page and in plain text, right as printed, closed where left open."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings

from ffnn_helpers import Network, handout, new_numbers, table, trace, two_paths
from ffnn_helpers.notation import number, parameters, write
from ffnn_helpers.operations import add
from ffnn_helpers.show import ARRANGED, PARTS, chain, comes_out, worked
from ffnn_helpers.tables import WIDEST_TEXT, Cell, Table
from tests.strategies import batches, law

t = handout.trace
NUMBER = re.compile(r"−?\d+(?:\.\d+)?")
EVERY_PART = [*PARTS, *ARRANGED]
TABLES = {
    **{part: table(t, part) for part in EVERY_PART},
    "three observations": table(new_numbers.trace, "forward"),
    "some left open": table(t, "forward", blank=["a^1_1", ("z^2_1", 2)]),
    "one path": chain(t, "dC/dw^1_{2,1}", 1),
    "two paths": chain(two_paths.trace, "dC/dw^1_{2,1}", 1, blank=["path 2"]),
}


class Page(HTMLParser):
    """What a page shows of a table: the texts of its boxes in order, and its tags."""

    def __init__(self, html):
        super().__init__()
        self.boxes, self.tags = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag in ("caption", "th", "td"):
            self.boxes.append("")

    def handle_data(self, data):
        if data.strip():
            self.boxes[-1] += data


def worked_cells(shown):
    return [cell for _, cells in shown.rows for cell in cells if cell.slot == "worked"]


# The page and the plain text


@pytest.mark.parametrize("name", TABLES)
def test_page_and_plain_text_say_the_same_in_the_same_order(name):
    shown = TABLES[name]
    boxes = [box for box in Page(shown.html).boxes if box]
    rows = boxes[1 + len([heading for heading in shown.headings if heading]) :]
    assert rows == [
        text
        for heading, cells in shown.rows
        for text in [heading, *(c.text for c in cells)]
        if text
    ]
    position = 0
    for text in rows:
        position = shown.text.index(text, position) + len(text)
    assert set(NUMBER.findall(shown.text)) == set(NUMBER.findall(" ".join(boxes)))


@pytest.mark.parametrize("name", TABLES)
def test_plain_text_fits_a_terminal(name):
    assert max(map(len, TABLES[name].text.splitlines())) <= WIDEST_TEXT


@pytest.mark.parametrize("name", TABLES)
def test_a_screen_reader_finds_caption_and_headings(name):
    tags = Page(TABLES[name].html).tags
    headings = [attributes["scope"] for tag, attributes in tags if tag == "th"]
    assert [tag for tag, _ in tags].count("caption") == 1
    assert headings.count("row") == len(TABLES[name].rows)
    assert headings.count("col") == len([h for h in TABLES[name].headings if h])


@pytest.mark.parametrize("name", TABLES)
def test_a_table_brings_no_colour_that_a_dark_theme_would_hide(name):
    assert not re.search(r"(?<!-)color|background|#[0-9a-f]{3}", TABLES[name].html)


def test_a_table_is_the_same_every_time():
    assert table(t, "forward").html == table(t, "forward").html
    assert repr(table(t, "forward")) == table(t, "forward").text
    assert table(t, "cost")._repr_mimebundle_() == {
        "text/html": table(t, "cost").html,
        "text/plain": table(t, "cost").text,
    }


def test_what_html_would_take_for_a_tag_stays_text():
    shown = Table("a < b", ["", "<i>"], [("&", [Cell("<b>")])])
    assert Page(shown.html).boxes == ["a < b", "", "<i>", "&", "<b>"]


# What stands in it


@given(batches(layers=2, width=3, K=3))
@settings(law, max_examples=30)
def test_every_worked_line_is_the_step_s_own(made):
    u = trace(*made)
    shown = [table(u, part) for part in PARTS] + [chain(u, "dC/db^1_1", 1)]
    cells = [cell for one in shown for cell in worked_cells(one)]
    assert {cell.key for cell in cells} >= set(u.recipe)
    for cell in cells:
        step = u[cell.key]
        exact = number(step.value, 12) == step.written()
        line = f"{step.substituted} {'=' if exact else '≈'} {step.written()}"
        assert cell.text == (step.written() if step.substituted == step.written() else line)


def test_a_line_reads_as_in_the_handout():
    assert worked(t["z^1_1", 1]) == "0.2(10) + 0.9(−5) + 1 = −1.5"
    assert worked(t["a^1_1", 1]) == "σ(−1.5) ≈ 0.1824"
    assert worked(t["dz^2_1/da^1_2", 1]) == "0.5"


def test_every_part_of_the_step_is_in_exactly_one_part():
    keys = [cell.key for part in PARTS for cell in worked_cells(table(t, part))]
    assert sorted(keys, key=str) == sorted(t.recipe, key=str)


def test_a_mean_stands_beside_its_observations():
    shown = table(t, ["dC/db^2_1"])
    assert shown.headings == (
        "quantity",
        "formula",
        "observation 1",
        "observation 2",
        "whole batch",
    )
    assert worked_cells(shown)[-1].text == worked(t["dC/db^2_1"])


def test_chosen_observations_only():
    shown = table(t, ["C", "delta b^2_1"], observations=[2])
    assert [cell.key for cell in worked_cells(shown)] == [("C", 2), ("delta b^2_1", None)]
    assert table(t, "C", observations=2).text == table(t, [("C", 2)]).text


def test_one_symbol_or_one_key_needs_no_list():
    assert table(t, "z^1_1").text == table(t, ["z^1_1"]).text
    assert table(t, ("z^1_1", 2)).text == table(t, [("z^1_1", 2)]).text
    assert [c.key for c in worked_cells(table(t, ("C", None)))] == [("C", None)]
    assert table(t, ("z^1_1", "a^1_1")).text == table(t, ["z^1_1", "a^1_1"]).text


def test_other_spellings_are_read():
    assert table(t, ["yhat", "dC/dw^1_2,1"]).text == table(t, ["a^2_1", "dC/dw^1_{2,1}"]).text


def test_parameters_of_layers_with_different_inputs():
    net = Network((1, 2, 1), range(1, 8))
    shown = table(trace(net, [[1]], [[0]], 0.1), "parameters")
    assert shown.headings == ("", "weight 1", "weight 2", "bias")
    assert [cell.text for cell in shown.rows[0][1]] == ["w₁,₁¹ = 1", "", "b₁¹ = 2"]


def test_update_shows_old_mean_change_and_new():
    for symbol, (heading, cells) in zip(parameters(t.sizes), table(t, "update").rows):
        assert heading == write(symbol)
        symbols = [symbol, f"dC/d{symbol}", f"delta {symbol}", f"new {symbol}"]
        assert [cell.text for cell in cells] == [t[s].written() for s in symbols]


# A derivative, factor by factor


@given(batches(layers=3, width=3, K=1))
@settings(law, max_examples=30)
def test_the_product_as_printed_gives_the_printed_value(made):
    u = trace(*made)
    for symbol in (f"dC/d{parameter}" for parameter in parameters(u.sizes)):
        for _, (_, cell) in chain(u, symbol, 1).rows:
            if cell.slot not in ("product", "sum"):
                continue
            text = cell.text.replace("−", "-").replace("·", "*")
            line, value = re.split(" [=≈] ", text)
            assert number(eval(line)) == number(float(value))


def test_the_last_line_of_a_chain_is_the_derivative():
    for u, symbol in [(t, "dC/dw^1_{2,1}"), (two_paths.trace, "dC/dw^1_{2,1}")]:
        heading, (_, cell) = chain(u, symbol, 1).rows[-1]
        assert heading == write(symbol)
        assert cell.text.split()[-1] == u[symbol, 1].written()


def test_several_paths_are_added():
    headings = [heading for heading, _ in TABLES["two paths"].rows]
    assert headings.count("path 1") == headings.count("path 2") == 1
    assert TABLES["two paths"].rows[-1][1][0].text == "path 1 + path 2"


# What is left open


def numbers_of(shown):
    """Every number that can be seen or dug out of a table."""
    return NUMBER.findall(shown.text) + NUMBER.findall(" ".join(Page(shown.html).boxes))


def met_once():
    """Keys whose value stands for nothing else in the whole step."""
    values = [t[key].written() for key in t]
    return [key for key in t.recipe if values.count(t[key].written()) == 1]


@pytest.mark.parametrize("key", met_once())
def test_an_open_value_is_nowhere(key):
    for shown in [table(t, [key], blank=[key]), *(table(t, p, blank=[key]) for p in EVERY_PART)]:
        assert t[key].written() not in numbers_of(shown)
    assert "?" in table(t, [key], blank=[key]).text


def test_an_open_value_is_its_symbol_in_later_lines():
    assert worked(t["z^2_1", 1], {("a^1_2", 1)}) == "0.1(0.1824) + 0.5 a₂¹ + 1 ≈ 1.516"
    assert worked(t["dC/db^2_1"], {("dC/db^2_1", 2)}) == "(0.09447 + ∂C/∂b₁²) / 2 ≈ 0.07968"
    assert worked(t["dC/db^2_1"], {("dC/db^2_1", 1)}) == "(Σₖ ∂C/∂b₁²) / 2 ≈ 0.07968"


def test_what_only_repeats_an_open_value_is_open_too():
    assert worked(t["dz^2_1/dw^2_{1,1}", 1], {("a^1_1", 1)}) == "a₁¹ ≈ ?"
    assert worked(t["dz^2_1/da^1_2", 1], {("dz^2_1/da^1_2", 1)}) == "?"
    assert worked(t["dC/db^2_1", 1], {("dC/dz^2_1", 1)}) == "∂C/∂z₁² · 1 ≈ ?"


def test_the_formula_does_not_tell_an_open_one():
    ((_, cells),) = table(t, ["dz^2_1/db^2_1"], blank=["dz^2_1/db^2_1"]).rows
    assert [cell.text for cell in cells] == ["", "?", "?"]


def test_all_leaves_only_the_given_numbers():
    given_numbers = {t[key].written() for key in t.given} | {"1", "2", "−0.1"}
    for part in EVERY_PART:
        shown = table(t, part, blank="all")
        seen = {n for _, cells in shown.rows for c in cells for n in NUMBER.findall(c.text)}
        assert seen <= given_numbers
    for u in (t, two_paths.trace):
        lines = [cells[-1] for _, cells in chain(u, "dC/dw^1_{2,1}", 1, blank="all").rows]
        assert all(cell.text.endswith("?") for cell in lines)


def test_a_whole_path_can_be_left_open():
    shown = TABLES["two paths"]
    assert [cells[-1].text.endswith("?") for heading, cells in shown.rows] == [
        heading == "path 2" for heading, _ in shown.rows
    ]
    assert shown.rows[-1][1][-1].text.split(" ≈ ")[0].endswith("path 2")


# What cannot be shown


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: table(t, "z^1_3"), "z^1_3"),
        (lambda: table(t, "foward"), "foward"),
        (lambda: table(t, ["z^1_1"], observations=[3]), "3"),
        (lambda: table(t, [("z^1_1", 5)]), "5"),
        (lambda: table(t, ["z^1_1"], blank=["q"]), "q"),
        (lambda: table(t, 5), "5"),
        (lambda: table(t, []), "Nothing is selected"),
        (lambda: table(t, "forward", observations=[]), "Nothing is selected"),
        (lambda: chain(t, "z^1_1", 1), "has no paths"),
        (lambda: chain(t, "dC/db^2_1", 3), "3"),
    ],
)
def test_what_is_not_there_gets_one_sentence(call, words):
    with pytest.raises((KeyError, ValueError)) as raised:
        call()
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("observations", [1, (1, 2), [1, 2], range(1, 3), np.array([1, 2])])
def test_observations_come_as_any_sequence(observations):
    shown = table(handout.trace, "forward", observations=observations)
    assert "observation 1" in shown.headings


@pytest.mark.parametrize("observations", [3, [1, 3], [True], (0,)])
def test_an_observation_that_is_not_there_is_named(observations):
    with pytest.raises(ValueError, match=r"^observations is .*; they are 1 to 2 in this trace\.$"):
        table(handout.trace, "forward", observations=observations)


def test_a_sheet_is_as_good_as_its_trace_and_nothing_else_is():
    assert repr(table(handout, "forward")) == repr(table(handout.trace, "forward"))
    with pytest.raises(ValueError, match=r"^trace is 5; it must be a trace"):
        chain(5, "dC/db^2_1", 1)


def test_where_twelve_digits_do_not_suffice_a_line_shows_all():
    operands, sign, result = comes_out([0.12345678901234, -0.123456789012], add)
    assert operands == ["0.12345678901234", "−0.123456789012"]
    assert (sign, result) == ("≈", "0.00000000000034")
