"""Every notebook keeps to the rules of the course, and every rule is shown to catch what breaks it."""

import re

import nbformat
import notebook_checks as checks
import pytest
import run_notebooks
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

PATHS = [checks.NOTEBOOKS / f"{name}.ipynb" for name in checks.COURSE]


@pytest.fixture(params=PATHS, ids=checks.COURSE)
def path(request):
    assert request.param.exists(), (
        f"{request.param.name} is missing: the course has the pages {', '.join(checks.COURSE)}."
    )
    return request.param


def test_the_course_has_no_other_pages():
    pages = {path.stem for path in checks.NOTEBOOKS.glob("*.ipynb")}
    assert pages == {*checks.COURSE, *checks.REFERENCE}


def test_stored_clean(path):
    complaints = run_notebooks.complaints(path.read_text(encoding="utf-8"))
    assert not complaints, "\n".join(complaints)


def test_keeps_to_the_rules(path):
    complaints = checks.complaints(path)
    assert not complaints, "\n".join(complaints)


def test_code_cells_are_short():
    assert checks.median_length(checks.read(path) for path in PATHS if path.exists()) == []


# The rules themselves: one good page, and what each rule says of a page with one fault.

CARD = """# Nudge one weight

| | |
|---|---|
| **Do** | move one weight by 0.01 |
| **Learn** | what a derivative counts |
| **Need** | [the page before](page.ipynb#Three-questions) |
| **Time** | 20 minutes |
"""
ENDING = """## What you have now

A nudge is worth more than 3! formulas.

## Three questions

**1.** Which is the slope of $x^2$ at 3?

<details><summary>9</summary>

That is the height at 3. How far does it move, for each unit of $x$?

</details>

<details><summary>6</summary>

Right. It is $2x$.

</details>

<details><summary>2</summary>

That is how fast the slope itself grows. What stands beside the 2?

</details>

<p></p>

**2.** Which way does it go?

<details><summary>Up</summary>

Right. The slope is above 0.

</details>

<details><summary>Down</summary>

It does, left of 0. On which side is 3?

</details>

<details><summary>Neither</summary>

It stands still at 0. Is 3 there?

</details>

<p></p>

**3.** What if $x! = 6$?

<details><summary>x is 3</summary>

Right. 3! is 6.

</details>

<details><summary>x is 6</summary>

Then it would be 720. What is 1 · 2 · 3?

</details>

<details><summary>x is 2</summary>

Then it would be 2. What is 1 · 2 · 3?

</details>
"""
PICTURE = '<img alt="Two inputs, two hidden neurons, one output." src="data:image/svg+xml;base64,PHN2Zz4=">'


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def result(html, **data):
    return new_output("display_data", data={"text/html": html, "text/plain": "the network", **data})


def figure(text="<Figure size 640x480 with 1 Axes>"):
    return new_output("display_data", data={"image/png": "iVBORw0KGgo=", "text/plain": text})


def code(source="x = 1", *outputs, tags=()):
    return new_code_cell(
        source, outputs=list(outputs), metadata={"tags": list(tags)} if tags else {}
    )


def page(*cells):
    """Return a page that keeps to all rules, with these cells in the middle; a text stands for a markdown cell."""
    cells = [new_markdown_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    picture = code("handout.picture()", result(PICTURE))
    return with_cells(new_markdown_cell(CARD), picture, *cells, new_markdown_cell(ENDING))


def page_ending_with(*cells):
    return with_cells(new_markdown_cell(CARD), *map(new_markdown_cell, cells))


def with_cells(*cells):
    return run_notebooks.clean(new_notebook(cells=list(cells)))


GOOD = page(
    "![A curve that rises from 0 to 1.](curve.png) `just try!` it. [Down](#Three-questions)",
    "Here is `check(answer, step)`.",
    code("from ffnn_helpers import check"),
    code("guess = ..."),
    code(
        "z = ...\ncheck(z, 1)",
        stream("z: nothing here yet. Replace the `...`.\n"),
        tags=["exercise"],
    ),
    code("first = x[..., 0]"),
    code("curve.plot()", figure()),
    "*In words:* the curve rises from 0 to 1, and most steeply at 0.",
    code("curve", figure("a curve that rises from 0 to 1")),
    code(
        "1 / 0",
        new_output("error", ename="ZeroDivisionError", evalue=""),
        tags=["raises-exception"],
    ),
)

FAULTS = {
    checks.card: {
        "not a title": with_cells(code()),
        "begins with 'Understanding'": with_cells(
            new_markdown_cell(CARD.replace("Nudge one", "Understanding a"))
        ),
        "begins with '4'": with_cells(new_markdown_cell(CARD.replace("Nudge", "4 Nudge"))),
        "more than one title": page("# Another"),
        "lacks **Learn**": with_cells(new_markdown_cell(CARD.replace("**Learn**", "Learn"))),
        "lacks **Need**": with_cells(
            new_markdown_cell(CARD.replace("**Need**", "")),
            code(),
            new_markdown_cell("**Need**"),
        ),
        "how many minutes": with_cells(new_markdown_cell(CARD.replace("20 minutes", "not long"))),
    },
    checks.ending: {
        "the last two sections are []": with_cells(new_markdown_cell(CARD)),
        "['Three questions', 'Afterwards']": with_cells(
            new_markdown_cell(ENDING + "\n## Afterwards")
        ),
        "not numbered **1.**": with_cells(new_markdown_cell(ENDING.replace("**1.**", "1."))),
        "not numbered": with_cells(new_markdown_cell(ENDING + "**4.** Who?")),
    },
    checks.self_test: {
        "has 0 questions, not three": page_ending_with(ENDING, "\n## Afterwards"),
        "has 2 questions, not three": page_ending_with(ENDING.replace("**3.** ", "")),
        "has 4 questions, not three": page_ending_with(ENDING + "**4.** Who?"),
        "question 2: 2 folded choices, at least 3": page_ending_with(
            re.sub(r"<details><summary>Neither.*?</details>", "", ENDING, flags=re.DOTALL)
        ),
        "question 1: 0 choices begin with 'Right. '": page_ending_with(
            ENDING.replace("Right. It is $2x$.", "Rightly so. Why?")
        ),
        "question 3: 2 choices begin with 'Right. '": page_ending_with(
            ENDING.replace("Then it would be 720.", "Right. ")
        ),
        "question 3: the choice '$x$ is 6' has LaTeX": page_ending_with(
            ENDING.replace("<summary>x is 6", "<summary>$x$ is 6")
        ),
        "question 2: the choice 'Down' does not end with a question": page_ending_with(
            ENDING.replace("On which side is 3?", "Wrong.")
        ),
        "in every question the right choice is number 1": page_ending_with(
            ENDING.replace("That is the height at 3. How far", "Right. How far").replace(
                "Right. It is $2x$.", "How far?"
            )
        ),
    },
    checks.room_after_folds: {
        "no <p></p> between a fold and '**2.** Which": with_cells(
            new_markdown_cell(ENDING.replace("<p></p>", "", 1))
        ),
    },
    checks.wording: {
        "says 'simply'": page("You simply multiply."),
        "says 'Just'": page("Just multiply."),
        "says 'let’s'": page("Now let’s multiply."),
        "says 'of course'": page("The mean, of course, is smaller."),
        "says 'easily'": page("![This is easily seen in the curve](curve.png)"),
        "exclamation mark": page("Well done!"),
        "cell 3 (cell-03): has an exclamation mark": page("The number is 5! And $n!$, $2$ more!"),
    },
    checks.lengths: {"16 lines, at most 15": page(code("\n\n".join("x = 1" for _ in range(16))))},
    checks.outputs: {
        "no outputs are stored": with_cells(code()),
        "stores the error NameError": page(
            code("y", new_output("error", ename="NameError", evalue="y"))
        ),
        "stores a warning: 'RuntimeWarning": page(
            code("y", stream("RuntimeWarning: overflow\n", "stderr"))
        ),
        "an SVG without text/html": page(
            code("y", new_output("display_data", data={"image/svg+xml": "<svg/>"}))
        ),
    },
    checks.exercises: {
        "not the tag 'exercise'": page(code("z = ...\ncheck(z, 1)")),
        "without a `...` to fill": page(code("z = x[..., 0]", tags=["exercise"])),
        "nothing says 'nothing here yet'": page(
            code("z = ...\ncheck(z, 1)", stream("Right.\n"), tags=["exercise"])
        ),
    },
    checks.alt_texts: {
        "alternative of a picture is ''": page("![](curve.png)"),
        "alternative of a picture is 'a curve'": page('<img src="curve.png" alt="a curve">'),
        "alternative of a picture is 'plot'": page(
            code("y", result('<p><img alt="plot" src="data:,"></p>'))
        ),
        "cell 3 (cell-03): the text alternative of a picture is ''": page(
            code("y", result("<svg></svg>"))
        ),
    },
    checks.figures_in_words: {
        "the next cell does not begin with *In words:*": page(
            code("y", figure()), "As you see, it rises."
        ),
        "cell 3 (cell-03): a figure": page(code("y", figure("")), "*In words:* it rises."),
    },
}


def faults(check):
    return [
        pytest.param(check, said, notebook, id=f"{check.__name__}-{said}")
        for said, notebook in FAULTS[check].items()
    ]


def test_every_rule_has_a_fault():
    assert set(FAULTS) == set(checks.ALONE)


@pytest.mark.parametrize("check", checks.ALONE, ids=lambda check: check.__name__)
def test_a_good_page_passes(check):
    assert check(GOOD) == []


@pytest.mark.parametrize(
    ("check", "said", "notebook"),
    [fault for check in FAULTS for fault in faults(check)],
)
def test_a_fault_is_caught(check, said, notebook):
    assert [said in complaint for complaint in check(notebook)] == [True]


def test_the_median_is_caught():
    assert checks.median_length([page(code("\n".join("abcd"))), GOOD]) == []
    assert "has 5 lines" in checks.median_length([with_cells(code("\n".join("abcde")))])[0]
    assert checks.median_length([]) == ["there is no code cell"]


def test_a_helper_out_of_the_blue_is_caught():
    notebook = page(code("from ffnn_helpers import trace"))
    assert checks.helpers_introduced(GOOD) == []
    assert "imports trace" in checks.helpers_introduced(notebook)[0]
    assert (
        "imports trace"
        in checks.helpers_introduced(notebook, [page("A trace holds every step.")])[0]
    )
    assert (
        checks.helpers_introduced(notebook, [page("`trace(net, x, y, eta)` holds every step.")])
        == []
    )


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("[next](02_page.ipynb)", "leads to no file"),
        ("![A curve that rises from 0 to 1.](data/curve.png)", "leads to no file"),
        ('<a href="02_page.ipynb">next</a>', "leads to no file"),
        ("[below](#Three-answers)", "leads to no heading"),
        ("[before](page.ipynb#three-questions)", "leads to no heading"),
        ("[home](../README.md)", "leads out of the folder"),
    ],
)
def test_a_dead_link_is_caught(tmp_path, link, said):
    (tmp_path / "README.md").touch()
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "curve.png").touch()
    nbformat.write(GOOD, folder / "page.ipynb")
    assert checks.links(GOOD, folder, "page.ipynb") == []
    assert [said in complaint for complaint in checks.links(page(link), folder, "page.ipynb")] == [
        True
    ]


# Tidiness: what run_notebooks.py makes of a page, and what it says of one that is not tidy.


def executed(notebook):
    """Count the code cells as a kernel would."""
    for count, (_, cell) in enumerate(checks.cells_of(notebook, "code"), start=1):
        cell.execution_count = count
    return notebook


def test_cleaning_keeps_readable_ids_and_numbers_the_others():
    notebook = new_notebook()
    notebook.cells = [
        new_code_cell(id=name)
        for name in ["nudge-w21", "0a1b2c3d", "cell-02", "cell-02", "deadbeef", "Big"]
    ]
    ids = [cell.id for cell in run_notebooks.clean(notebook).cells]
    assert ids == ["nudge-w21", "cell-03", "cell-02", "cell-04", "cell-05", "cell-06"]


def test_cleaning_a_clean_page_changes_nothing():
    notebook = executed(run_notebooks.clean(GOOD))
    assert run_notebooks.clean(notebook) == notebook
    assert run_notebooks.complaints(run_notebooks.text_of(notebook)) == []


def untidy(change):
    notebook = executed(run_notebooks.clean(GOOD))
    change(notebook, notebook.cells[1])
    return run_notebooks.text_of(notebook)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda notebook, cell: notebook.metadata.update(widgets={}),
            "the notebook's metadata has more",
        ),
        (
            lambda notebook, cell: notebook.update(nbformat_minor=4),
            "the format is 4.4, not 4.5",
        ),
        (lambda notebook, cell: cell.update(id="0a1b2c3d"), "the id is not readable"),
        (
            lambda notebook, cell: cell.update(id="cell-01"),
            "the id is not readable, or used twice",
        ),
        (
            lambda notebook, cell: cell.metadata.update(scrolled=True),
            "metadata other than sorted tags",
        ),
        (
            lambda notebook, cell: cell.metadata.update(tags=["excercise"]),
            "unknown tag 'excercise'",
        ),
        (lambda notebook, cell: cell.update(execution_count=None), "not executed"),
        (lambda notebook, cell: cell.update(execution_count=7), "counted 7, not 1"),
        (lambda notebook, cell: cell.update(source=" "), "empty"),
        (
            lambda notebook, cell: cell.outputs[0].data.update({run_notebooks.WIDGET_VIEW: {}}),
            "outputs with widget views",
        ),
        (
            lambda notebook, cell: cell.outputs.extend([stream("a"), stream("b")]),
            "a stream in pieces",
        ),
        (
            lambda notebook, cell: cell.outputs.append(stream("<object at 0x7f12ab34>")),
            "an address in memory",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::nbformat.warnings.DuplicateCellId")
def test_an_untidy_page_is_caught(change, said):
    assert said in " ".join(run_notebooks.complaints(untidy(change)))


def test_another_layout_is_caught():
    text = run_notebooks.text_of(executed(run_notebooks.clean(GOOD)))
    assert "is not laid out as" in run_notebooks.complaints(text.replace("\n ", "\n  "))[0]


def test_compared_and_exempt_cells_are_counted():
    exempt = code("random()", tags=["nbval-ignore-output"])
    assert run_notebooks.count_compared([with_cells(code(), exempt), with_cells(code())]) == (2, 1)


@pytest.mark.slow
def test_executing_twice_gives_the_same_file(tmp_path):
    source = "import numpy as np\nimport matplotlib.pyplot as plt\n_ = plt.plot(np.arange(3) ** 2)\nprint('drawn')"
    notebook = with_cells(new_markdown_cell(CARD), code(source))
    first, second = (
        run_notebooks.text_of(run_notebooks.clean(run_notebooks.execute(notebook, tmp_path)))
        for _ in "ab"
    )
    assert first == second
    assert "image/png" in first
    assert run_notebooks.complaints(first) == []
