"""Each student has a sheet of their own, the same for ever, and every sheet is fair."""

import csv
import math
import unicodedata
from hashlib import sha256
from itertools import combinations

import draw_sheets
import numpy as np
import pytest
from draw_sheets import COLUMN_OPERATIONS, Batch, asked_steps, generic, reasons

from ffnn_helpers import chain, handout, picture, sheet, table, trace
from ffnn_helpers.causes import ancestors, rewrites, strikes
from ffnn_helpers.homework import HOMEWORK
from ffnn_helpers.network import Network
from ffnn_helpers.operations import OPERATIONS
from ffnn_helpers.sheets import (
    FROZEN,
    PARTS,
    Sheet,
    check_word,
    columns,
    frozen_rows,
    heading,
    normalised,
    row_of,
)
from ffnn_helpers.slips import WRONG_OPERATIONS
from ffnn_helpers.steps import evaluate

# What no numbers can tell apart, by the step that is asked: they are the same formula there.
ONE_FORMULA = {
    ("main", "dC/dw^1_{2,1}", ("error-reversed", "sign-turned-round")),
}
# Two slips that together give the truth, whatever the numbers.
CANCEL = {
    ("main", "dC/dw^1_{2,1}", ("error-reversed", "sign-turned-round")),
}
# A slip that is none: no minus is lost where every number is positive, and two signs turned
# round are none.
NO_SLIPS = {
    ("main", "z^2_1", "minus-lost"),
    ("main", "a^2_1", "minus-lost"),
    ("main", "C", "minus-lost"),
    ("main", "dC/dw^1_{2,1}", "sign-turned-round"),
    ("two_paths", "a^2_1", "minus-lost"),
    ("two_paths", "a^2_2", "minus-lost"),
}
HOMEWORK_SENTENCE = (
    "This is homework, so its steps are yours to work out; a sheet with"
    ' student="practice-1" is there to try everything.'
)


# The same for ever


@pytest.mark.parametrize(
    ("assignment", "student", "row"),
    [
        ("hw1_forward_pass", "ada", 6769),
        ("hw2_chain_rule", "0012345", 5795),
        ("hw3_mini_batch_step", "müller@example.org", 1025),
    ],
)
def test_a_student_has_the_same_row_for_ever(assignment, student, row):
    assert row_of(assignment, student) == row


def test_a_sheet_is_its_row():
    made = sheet("hw3_mini_batch_step", "ada", part="two_paths")
    row = frozen_rows("two_paths")[row_of("hw3_mini_batch_step", "ada")]
    assert made.network.sizes == (2, 2, 2)
    assert [*made.network.theta, *made.x[0], *made.y[0], made.eta] == list(row)
    main = sheet("hw3_mini_batch_step", "ada")
    given = trace(main.network, main.x, main.y, main.eta).given
    row = dict(zip(columns("main"), frozen_rows("main")[row_of("hw3_mini_batch_step", "ada")]))
    assert given == row
    assert all(isinstance(number, int) for numbers in main.x for number in numbers)


@pytest.mark.parametrize(
    ("file", "digest"),
    [
        ("main.csv", "a7a686ebad51663ba76d07da47a6fabce07e1eb9b9aaf0e7957191b32d0c1c99"),
        ("two_paths.csv", "f49356c9625169fe3381fffb82f130729e642541b86e87e70f6bf81c38724130"),
        ("words.txt", "50e27ac63a4ff3b1604c4a7e4593ca33490b6bcff9aa9b4a6b6f793947228ec5"),
    ],
)
def test_the_frozen_files_never_change(file, digest):
    text = (FROZEN / file).read_text(encoding="utf-8")  # the same with the line ends of Windows
    assert sha256(text.encode()).hexdigest() == digest


@pytest.mark.parametrize("part", PARTS)
def test_ten_thousand_different_sheets_name_their_columns(part):
    assert len(frozen_rows(part)) == len(set(frozen_rows(part))) == 10_000
    with (FROZEN / f"{part}.csv").open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file))
    assert names == [heading(key) for key in columns(part)]
    assert names[0] == "w^1_{1,1}"
    assert "x_2 of observation 1" in names


def test_the_sheets_were_drawn_by_the_tool():
    """Its numbers come from SHA-256, so they are the same on every machine."""
    for part in PARTS:
        lot = draw_sheets.rows_from(part, draw_sheets.stream(part, range(20_000)))
        drawn = [tuple(row) for row in lot.tolist()]
        places = [drawn.index(row) for row in frozen_rows(part)[:20]]
        assert places == sorted(places)


@pytest.mark.parametrize("part", PARTS)
def test_the_tool_writes_a_file_that_is_read_back(part, tmp_path):
    path = draw_sheets.write(part, frozen_rows(part), tmp_path)
    assert path.read_text(encoding="utf-8") == (FROZEN / path.name).read_text(encoding="utf-8")


def test_a_lot_is_fair_and_counts_what_was_refused(monkeypatch):
    monkeypatch.setattr(draw_sheets, "DRAWN_AT_ONCE", 2000)
    rows, why = draw_sheets.draw("two_paths", 1)
    assert len(rows) == why[None] > 100
    assert why.total() == 2000
    assert set(rows) <= set(frozen_rows("two_paths"))


def test_an_id_counts_however_it_is_written():
    composed = unicodedata.normalize("NFC", "Zoë Müller")
    apart = unicodedata.normalize("NFD", "Zoë Müller")
    assert composed != apart
    assert normalised(" Ada\n") == normalised("ADA") == "ada"
    assert normalised(composed) == normalised(apart) == "zoë müller"
    assert normalised("Ϊ́") == normalised("ΐ")  # casefold takes only one of them apart
    assert normalised("α\u0345\u0301") == normalised("α\u0301\u0345")  # marks have no order
    assert row_of("hw1_forward_pass", composed) == row_of("hw1_forward_pass", f" {apart} ".upper())
    assert row_of("hw1_forward_pass", "\ud800") >= 0


def test_another_assignment_student_or_course_is_another_row():
    rows = [
        row_of(assignment, student, course)
        for assignment in HOMEWORK
        for student in ("ada", "bob", "practice-1", "practice-2")
        for course in ("ffnn", "physics")
    ]
    assert len(set(rows)) == len(rows)


def test_all_rows_are_given_out_alike():
    rows = [row_of("hw1_forward_pass", f"student{n}") for n in range(5000)]
    tenths = np.bincount(np.array(rows) // 1000, minlength=10)
    assert len(tenths) == 10
    assert tenths.min() > 430
    assert tenths.max() < 570


def test_a_check_word_shows_a_typing_error():
    assert check_word("ada") == check_word(" ADA ") == "bread"
    assert len({check_word(f"ada{n}") for n in range(100)}) > 50


# Graded, and for practice


def test_homework_shows_what_is_given_and_no_trace():
    graded = sheet("hw3_mini_batch_step", "ada")
    assert graded.graded
    shown = str(table(graded, "data")) + str(table(graded, "parameters"))
    assert f"{graded.x[2][1]}".replace("-", "−") in shown
    assert str(picture(graded, k=2)).count("observation 2")
    for ask in (
        lambda: graded.trace,
        lambda: graded.nudge("b^2_1", by=0.1).trace,
        lambda: table(graded, "forward"),
        lambda: table(graded, ["C"]),
        lambda: chain(graded, "dC/db^2_1", 1),
    ):
        with pytest.raises(RuntimeError) as error:
            ask()
        assert str(error.value) == HOMEWORK_SENTENCE


def test_tables_of_what_is_given_show_nothing_else():
    graded = sheet("hw3_mini_batch_step", "ada")
    keys = {
        cell.key
        for part in ("data", "parameters")
        for _, cells in table(graded, part).rows
        for cell in cells
        if cell.key
    }
    assert keys == set(columns("main")) - {("eta", None)}


def test_with_a_practice_id_everything_can_be_tried():
    for student in ("practice-1", " Practice-ada "):
        for part in PARTS:
            free = sheet("hw3_mini_batch_step", student, part=part)
            assert not free.graded
            assert free.trace["C"].value > 0
            assert not free.nudge("b^2_1", by=0.1).graded


def test_a_sheet_of_ones_own_is_not_graded():
    assert not handout.graded
    assert Sheet(handout.network, handout.x, handout.y, handout.eta).trace["C"].value > 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("hw4", "ada"),
            "There is no assignment 'hw4'; there are hw1_forward_pass, hw2_chain_rule,"
            " hw3_mini_batch_step.",
        ),
        (
            ([], "ada"),
            "There is no assignment []; there are hw1_forward_pass, hw2_chain_rule,"
            " hw3_mini_batch_step.",
        ),
        (("hw2_chain_rule", 5), 'student is 5; it must be a text, like "ada".'),
        (("hw2_chain_rule", ...), 'student is Ellipsis; it must be a text, like "ada".'),
        (("hw2_chain_rule", " \n"), 'student is empty; it must be your id, like "ada".'),
        (
            ("hw2_chain_rule", "ada", "two_paths"),
            "hw2_chain_rule has no part 'two_paths'; it has main.",
        ),
        (
            ("hw3_mini_batch_step", "ada", 2),
            "hw3_mini_batch_step has no part 2; it has main and two_paths.",
        ),
        (
            ("hw2_chain_rule", "ada", "main", None),
            'course is None; it must be a text, like "ffnn".',
        ),
    ],
)
def test_errors_are_one_sentence(arguments, sentence):
    with pytest.raises(ValueError, match=r"^.+$") as error:
        sheet(*arguments)
    assert str(error.value) == sentence


# Fair: the slow way, number by number, on some sheets


def trace_of(part, row):
    sizes, K = PARTS[part]
    given = dict(zip(columns(part), row))
    theta = [number for (_, k), number in given.items() if k is None][:-1]
    x, y = (
        [
            [given[key] for key in given if key[0][0] == letter and key[1] == k]
            for k in range(1, K + 1)
        ]
        for letter in "xy"
    )
    return trace(Network(sizes, theta), x, y, given["eta", None])


def told_apart(one, other, tolerance):
    return abs(one - other) > tolerance * max(abs(one), abs(other))


def questions(part, t):
    """Yield each asked step, and what is known where it is asked."""
    for asked_there in HOMEWORK.values():
        asked = {key for question in asked_there if question.part == part for key in question.asked}
        for key in asked:
            known = asked & set(ancestors(t.recipe, key)) - {key}
            yield t[key], {other: t[other].value for other in known}


SAMPLE = [(part, number) for part in PARTS for number in range(0, 10_000, 417)]


@pytest.mark.parametrize(("part", "number"), SAMPLE)
def test_every_slip_shows(part, number):
    """The same as the tool proves, by the code that marks."""
    t = trace_of(part, frozen_rows(part)[number])
    for step, known in questions(part, t):
        old = step.parents[0].value if step.operation == "sum" else 0
        made = [
            (strike.slip.code, strike.values[step.key] - old) for strike in strikes(step, known)
        ]
        truth = step.value - old
        slips = [
            (code, value)
            for code, value in made
            if not (code == "minus-lost" and value == truth)
            and not ((part, step.symbol, code) in NO_SLIPS and math.isclose(value, truth))
        ]
        assert len(slips) > len(made) / 4
        assert all(told_apart(value, truth, 2e-3) for _, value in slips)
        for (code, value), (other_code, other) in combinations(slips, 2):
            pair = tuple(sorted((code, other_code)))
            if code != other_code and not told_apart(value, other, 1e-3):
                assert (part, step.symbol, pair) in ONE_FORMULA
                assert math.isclose(value, other)


@pytest.mark.parametrize(("part", "number"), [("main", 0), ("main", 9999), ("two_paths", 5000)])
def test_every_two_slips_show(part, number):
    t = trace_of(part, frozen_rows(part)[number])
    sizes, K = PARTS[part]
    for step, known in questions(part, t):
        old = step.parents[0].value if step.operation == "sum" else 0
        rules = {**t.rules, **known}
        made = [
            (slip.code, changed, evaluate(rules, changed, WRONG_OPERATIONS)[step.key])
            for slip, _, changed in rewrites(sizes, K, step.key, frozenset(known))
        ]
        slips = [(code, changed) for code, changed, value in made if value != step.value]
        for (code, changed), (other_code, other) in combinations(slips, 2):
            if code != other_code and changed.keys().isdisjoint(other):
                value = evaluate(rules, {**changed, **other}, WRONG_OPERATIONS)[step.key]
                if not told_apart(value - old, step.value - old, 1e-3):
                    pair = tuple(sorted((code, other_code)))
                    assert (part, step.symbol, pair) in CANCEL


def test_the_given_numbers_suit_a_hand():
    for part in PARTS:
        for row in frozen_rows(part):
            given = dict(zip(columns(part), row))
            weights = [abs(n) for (symbol, _), n in given.items() if symbol[0] == "w"]
            parameters = [n for (symbol, _), n in given.items() if symbol[0] in "wb"]
            assert len(set(weights)) == len(weights)
            assert all(0.1 <= abs(n) <= 1.5 and abs(n) not in (0.5, 1) for n in parameters)
            assert all(n == round(n, 1) for n in row)
            assert given["eta", None] in (0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9)
            for letter in ("x_1", "x_2"):
                numbers = [n for (symbol, _), n in given.items() if symbol == letter]
                assert len(set(numbers)) == len(numbers)
                assert all(n % 1 == 0 and 2 <= abs(n) <= 7 for n in numbers)
            true_values = [n for (symbol, _), n in given.items() if symbol[0] == "y"]
            assert len(set(true_values)) == len(true_values)
            assert all(0.1 <= n <= 0.9 for n in true_values)


# Fair: the fast way, column by column, on all sheets


@pytest.mark.parametrize("part", PARTS)
def test_every_sheet_is_fair(part):
    assert set(reasons(part, frozen_rows(part))) == {None}


@pytest.mark.parametrize("part", PARTS)
def test_columns_give_what_numbers_give(part):
    rows = frozen_rows(part)[:8]
    batch = Batch(part, rows)
    for place, row in enumerate(rows):
        t = trace_of(part, row)
        assert list(batch.given) == columns(part)
        for key in t.recipe:
            value = np.broadcast_to(batch.truth[key], len(rows))[place]
            assert value == pytest.approx(t[key].value, rel=1e-12, abs=1e-15)
    for step in asked_steps(part):
        columns_made = [
            np.broadcast_to(step.values(batch, changed)[step.key], len(rows))
            for _, _, changed in rewrites(*PARTS[part], step.key, step.known)
        ]
        for place, row in enumerate(rows):
            t = trace_of(part, row)
            known = {key: t[key].value for key in step.known}
            made = [strike.values[step.key] for strike in strikes(t[step.key], known)]
            assert [c[place] for c in columns_made] == pytest.approx(made, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("name", [*OPERATIONS, *WRONG_OPERATIONS])
def test_every_operation_takes_columns(name):
    compute = WRONG_OPERATIONS.get(name) or OPERATIONS[name].compute
    tried = 0
    for count in range(1, 8):
        table = np.sin(np.arange(1, 5 * count + 1)).reshape(5, count) * 3
        try:
            expected = [compute(list(map(float, row))) for row in table]
        except (ValueError, IndexError, ZeroDivisionError):
            continue  # not with so many numbers
        found = np.broadcast_to(COLUMN_OPERATIONS[name](list(table.T)), 5)
        assert list(found) == pytest.approx(expected, rel=1e-12)
        tried += 1
    assert tried


def test_columns_that_cancel_are_zero_as_on_paper():
    thirds = [np.array([3 * 0.1, 1]), np.array([-0.3, -0.3])]
    assert list(COLUMN_OPERATIONS["sum"](thirds)) == [0, 0.7]


def test_only_these_slips_are_one_formula():
    found = {
        (step.part, step.key[0], tuple(sorted((step.made[i][0], step.made[j][0]))))
        for part in PARTS
        for step in asked_steps(part)
        for i, j in step.one_formula
        if step.made[i][0] != step.made[j][0]
    }
    assert found == ONE_FORMULA


def test_only_these_two_slips_cancel():
    found = {
        (step.part, step.key[0], tuple(sorted((step.made[i][0], step.made[j][0]))))
        for part in PARTS
        for step in asked_steps(part)
        for i, j, _, cancel in step.together
        if cancel
    }
    assert found == CANCEL


def test_only_these_slips_are_none():
    found = {
        (part, step.key[0], code)
        for part in PARTS
        for step in asked_steps(part)
        for code in step.no_slips
    }
    assert found == NO_SLIPS


def test_what_holds_always_is_tried_on_numbers_of_both_signs():
    for part in PARTS:
        for (symbol, _), column in generic(part).given.items():
            low, high = column.min(), column.max()
            assert (low > 0) == (symbol[0] in "ye")
            assert high > (0.9 if symbol[0] in "ye" else 1)
            assert 1 < len(set(column)) > 400


# A row that is unfair is refused, with a reason


FAIR = [1.2, -0.7, 1.4, -1.1, 1.3, 0.4, -0.9, 0.3, -0.8, -5, -4, 0.3, 4, 5, 0.8, -6, -7, 0.1, 0.3]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        (
            {("w^2_{1,2}", None): 1},
            "w^2_{1,2} is none of the numbers that suit a hand and hide nothing",
        ),
        (
            {("b^1_1", None): 0},
            "b^1_1 is none of the numbers that suit a hand and hide nothing",
        ),
        (
            {("eta", None): 1 / 3},
            "eta is none of the numbers that suit a hand and hide nothing",
        ),
        ({("w^1_{1,2}", None): 0.3}, "w^1_{1,2} and w^2_{1,2} are equal up to their sign"),
        ({("x_1", 3): -5}, "x_1 is equal in observations 1 and 3"),
        (
            {("x_1", 2): -2, ("x_2", 2): 2},
            "x_1 and x_2 are equal in observation 2, up to their sign",
        ),
        ({("y_1", 2): 0.1}, "y_1 is equal in observations 2 and 3"),
        ({("w^1_{1,1}", None): 0.2}, "a^1_1 of observation 1 is too near to 0 or 1"),
    ],
)
def test_an_unfair_number_is_refused(change, reason):
    row = dict(zip(columns("main"), FAIR)) | change
    assert reasons("main", [FAIR, list(row.values())]) == [None, reason]


@pytest.mark.parametrize(
    ("part", "row", "reason"),
    [
        (
            "main",
            "0.9 0.3 0.9 -1.2 1.3 -0.1 1.4 -1.5 -1.5 -2 -3 0.5 -3 -2 0.2 -7 -6 0.4 0.8",
            "a^1_1 of observation 3 is too near to 0 or 1",
        ),
        (
            "main",
            "0.7 -1.5 -1.1 -0.4 0.1 0.6 1.3 0.3 -0.9 -7 -5 0.6 6 4 0.9 -3 -2 0.2 0.3",
            "dC/dw^1_{2,1} of observation 1 is too small",
        ),
        (
            "main",
            "0.9 -0.7 1.2 -1.5 1.3 0.1 1.1 -1.4 -0.9 -4 -5 0.5 4 5 0.2 5 7 0.7 0.8",
            "dC/dw^1_{2,1} is too small for its terms",
        ),
        (
            "main",
            "0.2 -0.1 -0.4 0.8 -1.2 0.7 0.3 -1.5 -0.7 4 5 0.2 5 6 0.4 2 3 0.5 0.9",
            "exponent-without-minus gives a^1_1 of observation 2 all the same",
        ),
        (
            "main",
            "-0.1 0.2 0.4 0.7 0.3 -0.7 -0.4 -0.8 -1.1 -3 5 0.5 5 -3 0.4 -4 6 0.8 0.7",
            "other-observation and wrong-input give the same for dz^1_2/dw^1_{2,1} of observation 1",
        ),
        (
            "main",
            "-0.4 -1.4 0.7 0.1 1.2 0.6 1.1 -0.3 1.1 3 -2 0.5 -4 2 0.3 7 -3 0.7 0.8",
            "last-link-left-out and wrong-weight together give dC/dw^1_{2,1} of observation 2",
        ),
        (
            "two_paths",
            "-1.4 -1.3 1.4 0.3 0.4 0.7 0.1 1.5 1.3 0.7 -1.2 0.6 4 -2 0.8 0.9 0.6",
            "new-weight-too-early gives dC/da^1_1 of observation 1 all the same",
        ),
        (
            "two_paths",
            "1.5 -0.6 0.2 -0.3 -0.8 -0.4 -1.4 -1.3 -0.1 0.7 0.1 -0.3 -2 -3 0.3 0.2 0.8",
            "activation-left-out and slope-with-bare-z give the same for dC/dz^2_2 of observation 1",
        ),
        (
            "two_paths",
            "0.7 -0.3 -0.4 1.4 0.6 0.4 -1.1 -1.3 1.3 0.9 -0.4 1.3 2 -6 0.8 0.3 0.4",
            "weight-left-out and new-weight-too-early together give dC/da^1_1 of observation 1",
        ),
    ],
)
def test_an_unfair_sheet_is_refused(part, row, reason):
    assert reasons(part, [list(map(float, row.split()))]) == [reason]
