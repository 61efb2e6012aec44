"""The homework on paper: a box for every step, a key that is right, and files that stand alone."""

import re
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pytest

from ffnn_helpers.homework import HOMEWORK, label
from ffnn_helpers.notation import number, parameters, write
from ffnn_helpers.paper import Paper, title
from ffnn_helpers.printing import STYLE, print_key, print_sheet
from ffnn_helpers.sheets import check_word
from tests import oracles

PRACTICE = "practice-3"
ALL = pytest.mark.parametrize("assignment", HOMEWORK)


class Tables(HTMLParser):
    """The tables of a page, by caption: each a list of rows, each a list of texts."""

    def __init__(self, html):
        super().__init__()
        self.tables, self.boxes, self.tags, self.rows, self.into = {}, 0, [], None, None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.boxes += dict(attributes).get("class") == "box"
        if tag == "table":
            self.rows = []
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")
        self.into = tag if tag in ("caption", "th", "td") else None

    def handle_data(self, data):
        if self.into == "caption":
            self.tables[data] = self.rows
        elif self.into:
            self.rows[-1][-1] += data

    def handle_endtag(self, tag):
        self.into = None


def printed(write_page, assignment, tmp_path, student=PRACTICE, **options):
    path = tmp_path / "page.html"
    write_page(Paper(assignment, student), path, **options)
    return path.read_text(encoding="utf-8")


@ALL
def test_a_sheet_has_an_empty_box_for_every_step_that_is_asked(assignment, tmp_path):
    page = Tables(printed(print_sheet, assignment, tmp_path, "ada"))
    assert page.boxes == sum(len(question.asked) for question in HOMEWORK[assignment])
    for question in HOMEWORK[assignment]:
        rows = page.tables[title(question.name)][1:]
        assert [row[0] for row in rows] == [label(*key) for key in question.asked]
        assert {row[-1] for row in rows} == {""}
        assert {len(row) for row in rows} == {2 if question.shows == "name" else 3}


@ALL
def test_a_sheet_has_all_that_is_given_and_whose_it_is(assignment, tmp_path):
    html = printed(print_sheet, assignment, tmp_path, "ada")
    paper = Paper(assignment, "ada")
    parts = [paper.sheet, *([paper.two_paths] if assignment.startswith("hw3") else [])]
    assert html.count("<img ") == len(parts)
    for part in parts:
        for value in [*part.network.theta, *np.ravel(part.x), *np.ravel(part.y)]:
            assert number(float(value)) in html
    assert f"For ada. Check word: {check_word('ada')}." in html
    assert ("η = " in html) == assignment.startswith("hw3")


@ALL
def test_a_sheet_has_no_worked_line(assignment, tmp_path):
    html = printed(print_sheet, assignment, tmp_path, "ada")
    assert "≈" not in html
    assert not re.search(r"σ\(−?\d", html)


def truth(sheet, symbol, k):
    """Work a quantity out with the oracle: automatic differentiation, and no code of ours."""
    sizes, theta = sheet.network.sizes, sheet.network.theta
    rows = slice(None) if k is None else slice(k - 1, k)
    x, y = np.array(sheet.x, float)[rows], np.array(sheet.y, float)[rows]
    if symbol == "C":
        return oracles.matrix_cost(theta, sizes, x, y)
    name = re.sub(r"^(dC/d|delta |new )", "", symbol)
    if name not in parameters(sizes) or name == symbol:
        return None
    place = parameters(sizes).index(name)
    slope = oracles.automatic_gradient(theta, sizes, x, y)[place]
    change = -sheet.eta * slope
    return {"d": slope if symbol.startswith("dC") else change, "n": theta[place] + change}[
        symbol[0]
    ]


@ALL
def test_a_key_gives_every_step_with_its_formula_numbers_and_value(assignment, tmp_path):
    paper = Paper(assignment, PRACTICE)
    page = Tables(printed(print_key, assignment, tmp_path))
    checked = 0
    for question in HOMEWORK[assignment]:
        own = paper.sheet if question.part == "main" else paper.two_paths
        rows = {row[0]: row[1:] for row in page.tables[title(question.name)][1:]}
        for symbol, k in question.asked:
            formula, line = rows[write(symbol)]
            value = re.split("[=≈]", line)[-1].strip()
            assert formula
            if symbol.startswith("new "):  # of which the change is what matters
                assert abs(oracles.read(value) - own.trace[symbol, k].value) <= 5e-5 * abs(
                    own.trace[symbol, k].parents[1].value
                )
            else:
                assert value == own.trace[symbol, k].written()
            if (expected := truth(own, symbol, k)) is not None:
                assert float(oracles.read(value)) == pytest.approx(float(expected), rel=6e-4)
                checked += 1
    assert checked >= 4


@ALL
def test_every_line_of_a_key_gives_its_value_as_printed(assignment, tmp_path):
    page = Tables(printed(print_key, assignment, tmp_path))
    for question in HOMEWORK[assignment]:
        for name, _, line in page.tables[title(question.name)][1:]:
            left, *value = re.split(" [=≈] ", line)
            if value:
                digits = 12 if name.startswith("new ") else 4
                result = oracles.rounded(oracles.calculate(left), digits)
                assert result == oracles.read(value[0]), line


def test_where_two_paths_lead_the_key_adds_them(tmp_path):
    page = Tables(printed(print_key, "hw3_mini_batch_step", tmp_path))
    names = [row[0] for row in page.tables["Two paths"][1:]]
    assert names[-6:] == ["path 1", "path 2", "∂C/∂a₁¹", "path 1", "path 2", "∂C/∂w₁,₁¹"]


@ALL
def test_the_key_to_homework_is_for_the_instructor_alone(assignment, tmp_path):
    path = tmp_path / "key.html"
    sentence = "This is the homework of ada; its key is written with instructor=True."
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        print_key(Paper(assignment, "ada"), path)
    assert not path.exists()
    print_key(Paper(assignment, "ada"), path, instructor=True)
    assert "≈" in path.read_text(encoding="utf-8")


@ALL
@pytest.mark.parametrize("write_page", [print_sheet, print_key])
def test_a_page_stands_alone_and_runs_nothing(write_page, assignment, tmp_path):
    html = printed(write_page, assignment, tmp_path)
    page = Tables(html)
    assert {"script", "link", "iframe", "object"}.isdisjoint(page.tags)
    sources = re.findall(r'(?:src|href)="([^"]{0,30})', html) + re.findall(r"url\(|@import", html)
    assert all(source.startswith("data:image/svg+xml;base64,") for source in sources)
    assert not re.search(r"\son\w+=", html)
    assert html.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert html.count("<h1>") == 1


def test_a_page_breaks_between_rows_and_not_in_them():
    assert re.search(r"(?m)^tr, img \{ break-inside: avoid; \}", STYLE)
    assert "@media print" in STYLE


def test_an_id_cannot_bring_markup_onto_the_paper(tmp_path):
    html = printed(print_sheet, "hw1_forward_pass", tmp_path, "<b>ada</b>")
    assert "<b>" not in html
    assert "<b>ada</b>" in unescape(html)
