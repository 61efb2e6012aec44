"""The student's page of the homework: whose it is, how it reads answers, and that it adds up."""

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import nbformat
import notebook_checks
import numpy as np
import pytest
import run_notebooks
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

from ffnn_helpers import handout
from ffnn_helpers import paper as page
from ffnn_helpers.grading.code import CALLS
from ffnn_helpers.homework import FUNCTIONS, HOMEWORK, NUDGE, WORDS, Question
from ffnn_helpers.marking import mark
from ffnn_helpers.notation import number, write
from ffnn_helpers.paper import Paper, begin, form_check
from ffnn_helpers.sheets import check_word, sheet
from ffnn_helpers.steps import Trace, trace
from tests.strategies import law

SOURCE = Path(__file__).parents[1] / "assignments" / "source"
HW1, HW2, HW3 = HOMEWORK
OUTPUT_BIAS = next(q for q in HOMEWORK[HW2] if q.name == "output_bias")
NUDGED = [
    (hw, question)
    for hw, questions in HOMEWORK.items()
    for question in questions
    if question.nudged
]
THREE = Question("three", (("z^1_1", 1), ("a^1_1", 1), ("C", 1)))
VERDICT = re.compile(r"\b(right|wrong|correct|true|false|slip)\b")


@pytest.fixture(autouse=True)
def no_grader(monkeypatch):
    monkeypatch.delenv("FFNN_STUDENT", raising=False)


def said(text, question=THREE):
    return "\n".join(form_check(question, text))


def words(text, question=OUTPUT_BIAS):
    """Return the same on one line, for a sentence that is broken into two."""
    return " ".join(said(text, question).split())


# Whose page it is


def test_a_typed_id_has_its_own_sheet_and_no_guess():
    paper = Paper(HW1, " Ada ")
    assert paper.student == "Ada"
    assert not paper.is_guessed
    assert list(paper.sheet.network.theta) == list(sheet(HW1, "ada").network.theta)
    assert f"Check word: {check_word('ada')}." in repr(paper)
    assert "the numbers of Ada" in repr(paper)
    assert "If this is not you" in repr(paper)
    assert "guess" not in repr(paper)


@pytest.mark.parametrize("typed", ["", "  "])
def test_an_empty_id_is_guessed_and_the_page_says_so_and_how_to_mend_it(typed, monkeypatch):
    monkeypatch.setattr(page, "_account", lambda: "account7")
    paper = Paper(HW1, typed)
    assert (paper.student, paper.is_guessed) == ("account7", True)
    told = " ".join(repr(paper).split())
    assert "Nobody has put in an id" in told
    assert "the numbers of account7" in told
    assert "put it between the quotes in the cell above" in told


@pytest.mark.parametrize("typed", ["", "grace", 7, None])
def test_in_grading_the_roster_has_the_last_word(typed, monkeypatch):
    monkeypatch.setenv("FFNN_STUDENT", "ada")
    paper = Paper(HW1, typed)
    assert (paper.student, paper.is_guessed) == ("ada", False)
    assert list(paper.sheet.network.theta) == list(sheet(HW1, "ada").network.theta)


class Account:
    def __init__(self, name):
        self.pw_name = name


@pytest.mark.parametrize(
    ("account", "hub", "guess"),
    [
        ("ada", None, "ada"),
        ("ada", "grace", "ada"),
        ("jovyan", "grace", "grace"),
        ("jovyan", None, "jovyan"),
    ],
)
def test_the_guess_is_the_name_under_which_nbgrader_hands_in(account, hub, guess, monkeypatch):
    pwd = pytest.importorskip("pwd")
    utils = pytest.importorskip("nbgrader.utils")
    monkeypatch.setattr(pwd, "getpwuid", lambda _: Account(account))
    monkeypatch.setattr(utils, "get_osusername", lambda: account)
    if hub is None:
        monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    else:
        monkeypatch.setenv("JUPYTERHUB_USER", hub)
    assert Paper(HW1, "").student == utils.get_username() == guess


def test_an_account_without_a_name_is_asked_for_an_id(monkeypatch):
    pwd = pytest.importorskip("pwd")

    def nameless(_):
        raise KeyError("uid not found")

    monkeypatch.setattr(pwd, "getpwuid", nameless)
    with pytest.raises(ValueError, match="put yours between the quotes in the cell above."):
        Paper(HW1, "")


@pytest.mark.parametrize("typed", [7, None, ...])
def test_an_id_that_is_no_text_gets_a_sentence(typed):
    with pytest.raises(ValueError, match="it must be a text, like"):
        Paper(HW1, typed)


def test_a_practice_sheet_says_that_it_is_nobodys():
    paper = Paper(HW1, "practice-1")
    assert "practice sheet, and nobody's homework" in " ".join(repr(paper).split())
    assert paper.sheet.trace["z^1_1", 1].value


def test_an_id_cannot_bring_markup_onto_the_page():
    html = Paper(HW1, "<b>ada</b>")._repr_mimebundle_()["text/html"]
    assert "<b>" not in html
    assert "&lt;b&gt;ada&lt;/b&gt;" in html


def test_the_course_changes_the_sheet():
    assert list(Paper(HW1, "ada", "other").sheet.network.theta) != list(
        Paper(HW1, "ada").sheet.network.theta
    )


# What the page shows


@pytest.mark.parametrize("assignment", HOMEWORK)
def test_everything_that_is_given_stands_on_the_page_as_text_and_as_html(assignment):
    paper = Paper(assignment, "ada")
    bundle = paper._repr_mimebundle_()
    given_numbers = [*paper.sheet.network.theta, *np.ravel(paper.sheet.x), *np.ravel(paper.sheet.y)]
    for value in map(float, given_numbers):
        assert number(value) in bundle["text/plain"]
        assert number(value) in bundle["text/html"]
    assert '<img alt="A 2-2-1 network' in bundle["text/html"]


@pytest.mark.parametrize(("assignment", "is_shown"), list(zip(HOMEWORK, [False, False, True])))
def test_the_learning_rate_stands_where_a_change_is_asked(assignment, is_shown):
    assert (
        f"η = {number(Paper(assignment, 'ada').sheet.eta)}" in repr(Paper(assignment, "ada"))
    ) == is_shown


@pytest.mark.parametrize("assignment", HOMEWORK)
@pytest.mark.parametrize("student", ["ada", "grace", "student 17"])
def test_no_number_that_is_asked_can_be_read_from_a_graded_page(assignment, student, capsys):
    paper = Paper(assignment, student)
    with pytest.raises(RuntimeError, match="This is homework"):
        _ = paper.sheet.trace
    assert not any(isinstance(kept, Trace) for kept in vars(paper).values())
    shown = repr(paper) + paper._repr_mimebundle_()["text/html"].partition("base64")[0]
    for name in paper.questions:
        paper.points(name)
        paper.answers_cell(name, "")
        shown += repr(paper.boxes(name))
    for name in FUNCTIONS[assignment]:
        paper.points(name)
    shown += capsys.readouterr().out
    example = repr(Paper(HW1, "ada").boxes("observation_1"))  # the handout's numbers are no secret
    for question in paper.questions.values():
        own = paper.sheet if question.part == "main" else paper.two_paths
        truth = trace(own.network, own.x, own.y, own.eta)
        for key in question.asked:
            asked = number(truth[key].value)
            if len(asked.strip("−0.")) > 3 and asked not in example:  # 0.3 may be a given number
                assert asked not in shown, key


def test_only_the_assignment_with_two_outputs_has_a_second_network():
    assert Paper(HW3, "ada").two_paths.network.sizes == (2, 2, 2)
    with pytest.raises(ValueError, match="hw1_forward_pass has no part 'two_paths'"):
        _ = Paper(HW1, "ada").two_paths


def test_help_fades_from_filled_boxes_to_an_empty_page():
    first, second, third = ([q.shows for q in HOMEWORK[hw]] for hw in HOMEWORK)
    assert first[0] == "example"
    assert "formula" in second
    assert "example" not in second
    assert set(third) == {"name"}


@pytest.mark.parametrize("assignment", HOMEWORK)
def test_a_blank_table_has_a_box_for_each_quantity(assignment):
    paper = Paper(assignment, "ada")
    for name, question in paper.questions.items():
        blank = paper.boxes(name)
        assert [heading for heading, _ in blank.rows] == list(question.boxes)
        assert [cells[-1].text for _, cells in blank.rows] == ["?"] * len(question.asked)
        assert len(blank.headings) == {"example": 4, "formula": 3, "name": 2}[question.shows]


def test_the_filled_example_is_the_handouts():
    blank = Paper(HW1, "ada").boxes("observation_1")
    assert blank.rows[0][1][1].text == "0.2(10) + 0.9(−5) + 1 = −1.5"


def test_a_derivative_of_the_cost_is_written_link_by_link():
    (_, cells) = Paper(HW2, "ada").boxes("output_bias").rows[-1]
    assert cells[0].text == "∂C/∂a₁² · ∂a₁²/∂z₁² · ∂z₁²/∂b₁²"


def test_points_are_one_a_box_and_said_in_one_line(capsys):
    paper = Paper(HW1, "ada")
    for name in ["observation_1", "batch_cost", "sigmoid"]:
        paper.points(name)
    assert capsys.readouterr().out.splitlines() == [
        "7 points, 1 for each box. They are marked after you have handed in.",
        "1 point, for 1 box. It is marked after you have handed in.",
        "4 points. Your function is tried on other numbers after you have handed in.",
    ]
    with pytest.raises(ValueError, match="hw1_forward_pass has no question 'step'; it has"):
        paper.points("step")


# The check of the form


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0.9331", "0.9331"),
        ("-0.9331", "−0.9331"),
        ("0.930000", "0.930000"),
        ("0,9331", "0,9331 is read as 0.9331"),
        ("1.234e-3", "1.234e-3 is read as 0.001234"),
        ("1/8", "1/8 is read as 0.125"),
        ("0.2·10 + 0.9·(-5) + 1 = -1.5000  # a note", "−1.5000"),
        ("...", "nothing here yet"),
        ("", "nothing here yet"),
        ("0.5 m", "'0.5 m' is not a number; write one number, like 0.25 or 0,25"),
        ("NaN", "'NaN' is not a number; write one number, like 0.25 or 0,25"),
        ("1, 2, 3", "'1, 2, 3' is not a number; write one number, like 0.25 or 0,25"),
    ],
)
def test_each_box_is_repeated_as_it_was_read(written, read):
    lines = said(f"z₁¹ = 0.1234\na₁¹ = {written}").splitlines()
    assert lines[0] == "z₁¹  0.1234"
    assert lines[1] == f"a₁¹  {read}"
    assert lines[2] == "C    nothing here yet"


def test_filled_boxes_are_counted():
    assert "Filled: 2 of 3." in said("z₁¹ = 1.5000\na₁¹ = 0,8176\nC = 3 m")
    assert said("z₁¹ = ...") == "Nothing here yet.\nFilled: 0 of 3."


def test_fewer_than_four_digits_are_told():
    assert "Fewer than four digits: z₁¹, C. That is enough if only zeros follow." in said(
        "z₁¹ = 0.93\na₁¹ = 0.9300\nC = 1.2e-3"
    )
    assert "digits" not in said("z₁¹ = 0.9300\na₁¹ = ...\nC = x")


def test_names_that_are_no_box_are_told():
    told = words("q = 3\nz1 = 4", THREE)
    assert (
        "No box here is called q, z1. Leave what stands before the = as it was, and the = too."
        in told
    )
    assert "No box" not in said("z₁¹ = 3")


def test_an_unknown_question_gets_one_sentence(capsys):
    Paper(HW1, "ada").answers_cell("observation_9", "z₁¹ = 3")
    told = " ".join(capsys.readouterr().out.split())
    assert told == (
        "hw1_forward_pass has no question 'observation_9'; it has observation_1, observation_2,"
        " observation_3, batch_cost."
    )


@given(st.text())
@law
def test_no_text_breaks_the_check_of_the_form(text):
    assert "Filled: " in said(text, OUTPUT_BIAS)


def test_nothing_in_a_cell_of_answers_is_executed(capsys):
    shell = InteractiveShell.instance()
    try:
        begin(HW1, "ada")
        result = shell.run_cell(
            "%%answers observation_1\nz₁¹ = 1/0\na₁¹ = print('run')\nz₂¹ = 0,0123\nz₁² ="
        )
    finally:
        InteractiveShell.clear_instance()
    result.raise_error()
    assert "0,0123 is read as 0.0123" in capsys.readouterr().out
    assert "z₁¹" not in shell.user_ns


def test_the_last_page_that_was_begun_reads_the_answers(capsys):
    shell = InteractiveShell.instance()
    try:
        begin(HW1, "ada")
        begin(HW2, "ada")
        shell.run_cell("%%answers output_bias\n∂C/∂b₁² = ...")
    finally:
        InteractiveShell.clear_instance()
    assert "Filled: 0 of 3." in capsys.readouterr().out


def test_begin_works_without_a_notebook_and_without_nbgrader():
    code = (
        "import sys; sys.modules['nbgrader'] = None;"
        "from ffnn_helpers.paper import begin; print(begin('hw1_forward_pass', 'ada').student)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "ada\n"


# The student's own nudge


def costs(up, down, slope):
    return f"∂C/∂b₁² = {slope}\nC at b₁² + 0.01 = {up}\nC at b₁² − 0.01 = {down}"


@pytest.mark.parametrize("slope", ["0.0944660", "0,09447", "0.0930", "0.0960"])
def test_a_derivative_within_two_percent_agrees_with_the_nudge(slope):
    told = words(costs("0.10333900", "0.10144950", slope))
    assert "Your nudge says (0.103339 − 0.1014495) / 0.02 ≈ 0.09448." in told
    assert "Your ∂C/∂b₁² agrees with it." in told


@pytest.mark.parametrize("slope", ["0.64", "0.0915", "0.0975", "-0.09447", "0"])
def test_where_the_two_differ_one_of_them_is_wrong(slope):
    told = words(costs("0.10333900", "0.10144950", slope))
    assert "The two do not agree, so one of them is wrong." in told
    assert "agrees" not in told


def test_costs_with_too_few_digits_settle_nothing():
    told = words(costs("0.1033", "0.1014", "0.0930"))
    assert "too few digits to tell" in told
    told = words(costs("0.1", "0.1", "0.09447"))
    assert "too few digits to tell" in told


def test_a_slope_far_from_the_nudge_is_told_even_with_few_digits():
    assert "do not agree" in words(costs("0.1033", "0.1014", "0.64"))


def test_a_nudge_without_its_half_or_without_a_derivative_says_what_is_missing():
    assert "Fill in both" in words(costs("0.1033", "...", "0.64"))
    told = words(costs("0.10333900", "0.10144950", "..."))
    assert "There is no ∂C/∂b₁² yet to hold against it." in told


@pytest.mark.parametrize(("assignment", "question"), NUDGED, ids=lambda v: getattr(v, "name", v))
def test_a_true_derivative_agrees_with_a_true_nudge_on_every_sheet(assignment, question):
    for n in range(200):
        own = sheet(assignment, f"practice-{n}")
        texts = [
            f"{name} = {own.nudge(symbol, by).trace['C', 1].value:.8f}"
            for name, (symbol, by) in question.nudge_boxes.items()
        ]
        symbol = f"dC/d{question.nudged}"
        texts.append(f"{write(symbol)} = {own.trace[symbol, 1].value:.4g}")
        assert "agrees with it" in words("\n".join(texts), question), n


@pytest.mark.parametrize("slope", ["0.09447", "0.64", "..."])
@pytest.mark.parametrize("up", ["0.103339", "0.1", "..."])
def test_the_page_never_says_that_a_number_is_right(slope, up):
    told = words(costs(up, "0.1014495", slope))
    assert set(VERDICT.findall(told)) <= {"wrong"}
    assert told.count("wrong") == told.count("one of them is wrong")


def test_the_page_says_the_same_on_every_sheet(capsys):
    text = costs("0.10333900", "0.10144950", "0.09447")
    for student in ["ada", "grace"]:
        Paper(HW2, student).answers_cell("output_bias", text)
    first, second = capsys.readouterr().out.split("∂C/∂a₁²  ")[1:]
    assert first == second


@pytest.mark.parametrize(("assignment", "question"), NUDGED, ids=lambda v: getattr(v, "name", v))
def test_the_boxes_of_a_nudge_are_read_and_never_marked(assignment, question):
    text = "\n".join(f"{name} = 0.1" for name in [*question.boxes, *question.nudge_boxes])
    answers, nudge, unknown = question.read(text)
    assert list(answers) == list(question.asked)
    assert [key[1] for key in nudge] == [NUDGE, -NUDGE]
    assert unknown == []
    mark(answers, handout.trace)  # which refuses a key that is no quantity


@pytest.mark.parametrize(("assignment", "question"), NUDGED, ids=lambda v: getattr(v, "name", v))
def test_a_nudge_has_a_derivative_to_be_held_against(assignment, question):
    assert (f"dC/d{question.nudged}", 1) in question.asked


# The notebooks

PAGES = {name: nbformat.read(SOURCE / name / f"{name}.ipynb", as_version=4) for name in HOMEWORK}
LOCKED = {"grade": False, "locked": True, "solution": False, "task": False}
SOLUTION = {"grade": False, "locked": False, "solution": True, "task": False}
POINTS = {"grade": True, "locked": True, "solution": False, "task": False}
TASK = {"grade": False, "locked": True, "solution": False, "task": True}


@pytest.fixture(params=HOMEWORK)
def assignment(request):
    return request.param


@pytest.fixture
def notebook(assignment):
    return PAGES[assignment]


def kind(cell):
    return {flag: cell.metadata.nbgrader[flag] for flag in LOCKED}


def by_grade_id(notebook):
    return {c.metadata.nbgrader.grade_id: c for c in notebook.cells if "nbgrader" in c.metadata}


def test_there_is_a_notebook_for_each_assignment_and_no_other():
    found = sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.ipynb"))
    assert found == [f"{name}/{name}.ipynb" for name in HOMEWORK]


def test_each_cell_has_the_metadata_that_its_kind_needs(assignment, notebook):
    cells = by_grade_id(notebook)
    names = [question.name for question in HOMEWORK[assignment]]
    expected = {"student": SOLUTION, "words": TASK}
    for name in [*names, *FUNCTIONS[assignment]]:
        expected |= {name: SOLUTION, f"{name}_points": POINTS}
    for grade_id, cell in cells.items():
        assert kind(cell) == expected.get(grade_id, LOCKED), grade_id
        assert cell.metadata.nbgrader.schema_version == 3
        assert ("points" in cell.metadata.nbgrader) == (kind(cell) in (POINTS, TASK))
        assert cell.id == grade_id.replace("_", "-")
        assert re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", grade_id)
    assert set(expected) <= set(cells)
    plain = [cell for cell in notebook.cells if "nbgrader" not in cell.metadata]
    assert [(cell.id, cell.cell_type) for cell in plain] == [("your-answer", "markdown")]


def test_the_pages_are_stored_without_outputs_and_with_one_kernel(notebook):
    assert notebook.metadata == run_notebooks.METADATA
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"nbgrader"}
        assert cell.cell_type == "markdown" or (cell.outputs == [] and cell.execution_count is None)
        assert run_notebooks.is_readable(cell.id)


def test_every_box_on_the_page_is_a_box_of_the_homework_and_the_other_way_round(
    assignment, notebook
):
    cells = by_grade_id(notebook)
    for question in HOMEWORK[assignment]:
        first, *lines = cells[question.name].source.splitlines()
        assert first == f"%%answers {question.name}"
        boxes = [line.removesuffix(" = ...") for line in lines if " = " in line]
        assert boxes == [*question.boxes, *question.nudge_boxes]
        assert all(line.endswith(" = ...") for line in lines if "=" in line)
    asked = [c for c in notebook.cells if c.source.startswith("%%answers")]
    assert len(asked) == len(HOMEWORK[assignment])


def test_each_answer_is_followed_by_its_points(assignment, notebook):
    order = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    for question in HOMEWORK[assignment]:
        assert order.index(f"{question.name}_points") == order.index(question.name) + 1
    assert order[order.index("words") + 1] is None  # the cell for the answer


def test_the_points_of_the_cells_are_those_of_the_homework(assignment, notebook):
    worth = {question.name: len(question.asked) for question in HOMEWORK[assignment]}
    worth |= FUNCTIONS[assignment]
    expected = {f"{name}_points": points for name, points in worth.items()}
    expected["words"] = WORDS[assignment]
    found = {
        grade_id: cell.metadata.nbgrader.points
        for grade_id, cell in by_grade_id(notebook).items()
        if "points" in cell.metadata.nbgrader
    }
    assert found == expected


def test_the_points_in_the_text_add_up_to_those_of_the_cells(assignment, notebook):
    (line,) = re.findall(r"\*\*Points\*\* \| (.*) \|", notebook.cells[0].source)
    total, numbers, code, words = map(int, re.findall(r"(\d+) (?:in all|for)", line))
    cells = by_grade_id(notebook).values()
    assert total == sum(cell.metadata.nbgrader.get("points", 0) for cell in cells)
    assert total == numbers + code + words
    assert numbers == sum(len(question.asked) for question in HOMEWORK[assignment])
    assert code == sum(FUNCTIONS[assignment].values())
    assert words == WORDS[assignment]
    terms = [list(map(int, group.split(" + "))) for group in re.findall(r"\(([\d +]+)\)", line)]
    assert terms[0] == [len(question.asked) for question in HOMEWORK[assignment]]
    assert terms[1:] == [[*FUNCTIONS[assignment].values()]] * (len(FUNCTIONS[assignment]) > 1)
    assert f"**{words} points.**" in by_grade_id(notebook)["words"].source


def test_points_cells_give_nothing_where_the_grader_did_not_run(assignment, notebook):
    for grade_id, cell in by_grade_id(notebook).items():
        if kind(cell) == POINTS:
            name = grade_id.removesuffix("_points")
            assert cell.source.splitlines() == [
                f'paper.points("{name}")',
                "### BEGIN HIDDEN TESTS",
                'raise RuntimeError("Not graded: the grader of the course did not run.")',
                "### END HIDDEN TESTS",
            ]


def released(cell):
    """Return what a student gets of a solution cell."""
    return re.sub(r"(?s)( *)### BEGIN SOLUTION\n.*?### END SOLUTION", r"\1", cell.source)


def test_a_solution_without_its_solution_is_still_python(assignment, notebook):
    for grade_id, cell in by_grade_id(notebook).items():
        if kind(cell) == SOLUTION:
            assert cell.source.count("### BEGIN SOLUTION") == 1, grade_id
            assert cell.source.count("### END SOLUTION") == 1, grade_id
        if grade_id in FUNCTIONS[assignment]:
            names = {"sigmoid": None}
            exec(released(cell), names)
            assert names[grade_id](*CALLS_FOR[grade_id]) is None


CALLS_FOR = {
    name: [np.array(a) if isinstance(a, list) else a for a in next(iter(calls("ada"))).arguments]
    for name, calls in CALLS.items()
}


def test_the_reference_solutions_are_right_to_the_last_digit(assignment, notebook):
    names = {}
    for grade_id, cell in by_grade_id(notebook).items():
        if grade_id in FUNCTIONS[assignment]:
            exec(cell.source, names)
    for name in FUNCTIONS[assignment]:
        for call in CALLS[name]("ada"):
            arguments = [np.array(a) if isinstance(a, list) else a for a in call.arguments]
            result = np.asarray(names[name](*arguments))
            assert result.shape == call.shape
            truth = [call.truth[key].value for key in call.keys]
            np.testing.assert_allclose(result.ravel(), truth, rtol=1e-12, atol=1e-300)


def test_the_card_says_what_to_do_what_is_needed_the_points_and_the_minutes(notebook):
    first = notebook.cells[0].source
    assert first.startswith("# ")
    for entry in ["**Do**", "**Need**", "**Points**", "**Time**"]:
        assert entry in first
    assert re.search(r"\d+ minutes", first)


def test_the_pages_keep_to_the_words_and_the_length_of_the_course(notebook):
    assert notebook_checks.wording(notebook) == []
    assert all(
        len([line for line in released(cell).splitlines() if line.strip()])
        <= notebook_checks.LONGEST_CELL
        for cell in notebook.cells
        if cell.cell_type == "code"
    )


def test_the_rubric_has_three_levels_that_fall_from_all_the_points(assignment, notebook):
    source = by_grade_id(notebook)["words"].source
    (rubric,) = re.findall(r"(?s)=== BEGIN MARK SCHEME ===(.*)=== END MARK SCHEME ===", source)
    levels = [int(points) for points in re.findall(r"\*\*(\d+) points\.\*\*", rubric)]
    assert levels[0] == WORDS[assignment]
    assert len(levels) == 3
    assert all(more > less > 0 for more, less in pairwise(levels))
