"""One class, one `nbgrader autograde`, and in every seat somebody who breaks something or cheats.

The numbers of the rows are those of a list of submissions that an honest grader must survive.
Each gets exactly the marks that it deserves, is told why, and costs nobody else anything.
"""

import copy
import json
import os
import re
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from html.parser import HTMLParser

import pytest

from ffnn_helpers import handout
from ffnn_helpers.causes import roundings
from ffnn_helpers.grading.code import CALLS
from ffnn_helpers.marking import mark
from tests.grading.course import (
    HW1,
    Course,
    cell_of,
    grade_id,
    lay_out,
    needs_fence,
    once,
    paper,
    solutions,
)

pytestmark = [needs_fence, pytest.mark.xdist_group("grading-hostile")]

HAND = {"observation_1": 7, "observation_2": 7, "observation_3": 4, "batch_cost": 1}
FULL = HAND | {"sigmoid": 4, "forward": 6, "words": 0}
NOTHING = dict.fromkeys(FULL, 0)
NO_CODE = FULL | {"sigmoid": 0, "forward": 0}
NO_FORWARD = FULL | {"forward": 0}
TOKEN = "token-of-the-hub"
ROWS = []


@dataclass(frozen=True)
class Row:
    """A seat: the row, what is done, and what has to come of it."""

    number: str
    name: str
    hand_in: callable
    marks: dict
    note: str | None
    flagged: bool
    student: str
    slow: bool


def row(number, name, marks=FULL, note=None, flagged=False, student=None, slow=False):
    def seat(hand_in):
        own = student or f"{number}-{name}"
        ROWS.append(Row(number, name, hand_in, marks, note, flagged, own, slow))
        return hand_in

    return seat


@dataclass(frozen=True)
class Desk:
    """What a student has: the released notebook, and a folder to hand in."""

    course: Course
    released: dict
    student: str

    @property
    def folder(self):
        folder = self.course.folder / "submitted" / self.student / HW1
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def blank(self):
        return copy.deepcopy(self.released)

    def perfect(self, **changes):
        return paper(self.released, HW1, self.student, **changes)

    def put(self, notebook, name=None):
        self.course.hand_in(self.student, HW1, notebook, name)


def in_code(number, name, source, cell="sigmoid", marks=FULL, **outcome):
    """Seat somebody who hands in a perfect paper, with more code in front of a function."""

    @row(number, name, marks, **outcome)
    def _(desk):
        desk.put(desk.perfect(code={cell: f"{source}\n{solutions(HW1)[cell]}"}))


def code_cell(source, **metadata):
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": f"x{abs(hash(source))}",
        "metadata": metadata,
        "outputs": [],
        "source": source,
    }


@row("0", "perfect", student="ada")
def _(desk):
    desk.put(desk.perfect())


# The notebook is not as it was


@row("1", "points-cells-rewritten", NOTHING)
def _(desk):
    notebook = desk.blank
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            cell["source"] = "1000"
            cell["metadata"]["nbgrader"]["points"] = 1000
    desk.put(notebook)


@row("1", "points-cell-made-an-answer", NOTHING, slow=True)
def _(desk):
    notebook = desk.blank
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            cell["metadata"]["nbgrader"] |= {"solution": True, "locked": False}
            cell["source"] = "7.0"
    desk.put(notebook)


@row("1", "begin-overridden", NOTHING, slow=True)
def _(desk):
    notebook = desk.blank
    cell_of(notebook, "student")["source"] = (
        "import ffnn_helpers.paper\n"
        "class Full:\n    points = boxes = lambda self, name: 7.0\n"
        "ffnn_helpers.paper.begin = lambda *given, **more: Full()\n"
        'student = ""'
    )
    desk.put(notebook)


@row("2", "points-cells-deleted")
def _(desk):
    notebook = desk.perfect()
    notebook["cells"] = [c for c in notebook["cells"] if not str(grade_id(c)).endswith("_points")]
    desk.put(notebook)


@row("3", "answer-cell-deleted", FULL | {"observation_2": 0}, "The cell observation_2 was missing.")
def _(desk):
    notebook = desk.perfect()
    notebook["cells"].remove(cell_of(notebook, "observation_2"))
    desk.put(notebook)


@row("4", "split-and-duplicated", note="came in 2 parts")
def _(desk):
    notebook = desk.perfect()
    whole = cell_of(notebook, "observation_1")
    lines = whole["source"].splitlines()
    place = notebook["cells"].index(whole)
    rest = copy.deepcopy(whole) | {"source": "\n".join(lines[4:]), "id": "rest"}
    notebook["cells"].insert(place + 1, rest)
    whole["source"] = "\n".join(lines[:4])
    notebook["cells"].append(copy.deepcopy(cell_of(notebook, "forward")))
    notebook["cells"].append(copy.deepcopy(cell_of(notebook, "forward_points")))
    desk.put(notebook)


@row("4", "one-id-for-all-cells", note="The cell your-answer was missing.", slow=True)
def _(desk):
    notebook = desk.perfect()
    for cell in notebook["cells"]:
        cell["id"] = "same"
    desk.put(notebook)


@row("5", "metadata-emptied")
def _(desk):
    notebook = desk.perfect()
    for number, cell in enumerate(notebook["cells"]):
        cell["metadata"] = [{"nbgrader": {}}, {"nbgrader": 7}, [], {}][number % 4]
    desk.put(notebook)


@row("5", "schema-of-the-future", slow=True)
def _(desk):
    notebook = desk.perfect()
    for cell in notebook["cells"]:
        cell["metadata"].get("nbgrader", {})["schema_version"] = 99
    notebook["nbformat"] = 99
    desk.put(notebook)


@row("6", "kinds-of-cells-changed")
def _(desk):
    notebook = desk.perfect()
    for number, cell in enumerate(notebook["cells"]):
        cell["cell_type"] = ["raw", "markdown", "code", "heading", None][number % 5]
    desk.put(notebook)


@row("6", "grade-ids-swapped", marks=None)
def _(desk):
    notebook = desk.perfect()
    one, two = (cell_of(notebook, f"observation_{k}")["metadata"]["nbgrader"] for k in (1, 2))
    one["grade_id"], two["grade_id"] = two["grade_id"], one["grade_id"]
    desk.put(notebook)


@row("7", "skip-execution", NOTHING)
def _(desk):
    notebook = desk.blank
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["skip-execution"]
    desk.put(notebook)


@row("10", "renamed", note="The notebook was called WMS q3.ipynb")
def _(desk):
    desk.put(desk.perfect(), "WMS q3.ipynb")


@row("11", "which-of-two", NOTHING, "not clear which", flagged=True)
def _(desk):
    desk.put(desk.perfect(), "hw1 (1).ipynb")
    desk.put(desk.perfect(), "hw1 (2).ipynb")


@row("11", "right-name-beside-another", slow=True)
def _(desk):
    desk.put(desk.perfect())
    desk.put(desk.blank, "another.ipynb")


@row("12", "more-cells-and-files", note="Links to other files were taken out", flagged=True)
def _(desk):
    notebook = desk.perfect()
    more = code_cell("x = 1", nbgrader={"grade_id": "y" * 100_000, "grade": True, "points": 99})
    more["id"] = "z" * 1_000_000
    notebook["cells"][3:3] = [more, 7, None, {"source": "x = 2"}, code_cell("import json, numpy")]
    desk.put(notebook)
    for name in ("json.py", "numpy.py", "sitecustomize.py", "nbgrader_config.py"):
        (desk.folder / name).write_text("raise SystemExit(name)\n", encoding="utf-8")
    (desk.folder / "gradebook.db").write_bytes(b"no database")
    os.mkfifo(desk.folder / "pipe")


@row("12", "answers-in-other-cells", NOTHING)
def _(desk):
    notebook, perfect = desk.blank, desk.perfect()
    for question in HAND:
        notebook["cells"].append(code_cell(cell_of(perfect, question)["source"]))
    desk.put(notebook)


def unreadable(name, content, why, slow=True):
    @row("13", name, NOTHING, why, flagged=True, slow=slow)
    def _(desk):
        desk.put(content)


NO_NOTEBOOK = "could not be read: it is not a whole notebook"
unreadable("truncated", '{"cells": [', NO_NOTEBOOK, slow=False)
unreadable("empty", b"", NO_NOTEBOOK)
unreadable("utf-16", json.dumps({"cells": []}).encode("utf-16"), NO_NOTEBOOK)
unreadable("nested-too-deep", "[" * 200_000 + "]" * 200_000, NO_NOTEBOOK, slow=False)
unreadable("endless-number", '{"cells": [' + "1" * 5000 + "]}", NO_NOTEBOOK)
unreadable("format-3", {"worksheets": [{"cells": []}], "nbformat": 3}, "a format of before 2015")
unreadable("11-mb", {"cells": [code_cell("#" * 11_000_000)]}, "larger than 10 MB")
unreadable("too-many-cells", {"cells": [{}] * 501}, "more than 500 cells")


@row("13", "9-mb-and-nan")
def _(desk):
    notebook = desk.perfect()
    notebook["metadata"]["x"] = [float("nan"), float("-inf")]
    notebook["cells"][0]["outputs"] = [{"output_type": "stream", "text": "x" * 9_000_000}]
    desk.put("\ufeff" + json.dumps(notebook))


@row("15", "kernel-of-r")
def _(desk):
    notebook = desk.perfect()
    notebook["metadata"] = {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}
    desk.put(notebook)


@row("16", "nothing-done", NOTHING)
def _(desk):
    desk.put(desk.blank)


# What is a number


@row("18", "decimal-commas")
def _(desk):
    notebook = desk.perfect()
    for question in HAND:
        cell = cell_of(notebook, question)
        cell["source"] = cell["source"].replace(".", ",")
    desk.put(notebook)


@row("18", "a-unit", FULL | {"observation_1": 6})
def _(desk):
    notebook = desk.perfect()
    cell = cell_of(notebook, "observation_1")
    cell["source"] = re.sub(r"(z₁¹ = .*)", r"\1 m", cell["source"])
    desk.put(notebook)


RETURNS_DECIMALS = """
def forward(theta, x):
    from decimal import Decimal
    return [[Decimal(value)] for value in right(theta, x)]
"""


@row("18", "decimals-in-lists", slow=True)
def _(desk):
    right = solutions(HW1)["forward"].replace("def forward", "def right")
    desk.put(desk.perfect(code={"forward": right + RETURNS_DECIMALS}))


@row("19", "no-numbers", NO_CODE | {"observation_3": 0})
def _(desk):
    notebook = desk.perfect(
        code={
            "sigmoid": "def sigmoid(z):\n    return [float('nan'), 1j, 10**400, True][len(str(z)) % 4]",
            "forward": "def forward(theta, x):\n    return [None, float('inf')] * len(x)",
        }
    )
    cell = cell_of(notebook, "observation_3")
    texts = iter(["nan", "1e999", "True", "-inf"])
    cell["source"] = re.sub("= .*", lambda _: f"= {next(texts)}", cell["source"])
    desk.put(notebook)


LIAR = """
class Liar:
    def __init__(self, *shape):
        self.shape = self.size = 1
    __eq__ = __lt__ = __gt__ = lambda self, other: True
    __hash__ = None
    __float__ = lambda self: 0.5
    __repr__ = __str__ = lambda self: "1.0"
    __array__ = lambda self, *given, **more: np.full((3,), 0.75)
    __sub__ = __rsub__ = __abs__ = lambda self, *other: 0.0
"""


@row("20", "liar", NO_CODE)
def _(desk):
    desk.put(
        desk.perfect(
            code={
                "sigmoid": f"import numpy as np\n{LIAR}\ndef sigmoid(z):\n    return Liar()",
                "forward": "def forward(theta, x):\n    return Liar()",
            }
        )
    )


@row("25", "zeros-to-make-it-easy", FULL | {"observation_1": 0})
def _(desk):
    notebook = desk.perfect()
    cell = cell_of(notebook, "observation_1")
    cell["source"] = re.sub("= .*", "= 0", cell["source"])
    desk.put(notebook)


@row("29", "numbers-of-another", None, "right on another sheet", flagged=True)
def _(desk):
    desk.put(paper(desk.released, HW1, "ada"))


@row("29", "id-of-another-typed", None, "which stands on the page", flagged=True)
def _(desk):
    notebook = paper(desk.released, HW1, "ada")
    cell_of(notebook, "student")["source"] = 'student = "Ada"'
    desk.put(notebook)


# The third row of sigmoid is worth three quarters, so the points are 11/3.
ELEVEN_THIRDS = "def sigmoid(z):\n    return np.exp(z) / (1 + np.exp(z))"


@row("30", "points-that-are-no-decimal", FULL | {"sigmoid": float(Fraction(11, 3))})
def _(desk):
    desk.put(desk.perfect(code={"sigmoid": f"import numpy as np\n{ELEVEN_THIRDS}"}))


# What the code does to the kernel


@row("31", "endless-loop", NO_FORWARD, "was stopped after 4 seconds", flagged=True)
def _(desk):
    desk.put(
        desk.perfect(code={"forward": "def forward(theta, x):\n    while True:\n        pass"})
    )


SWALLOWS = """
while True:
    try:
        while True:
            pass
    except:
        pass
"""
TIME_IS_OVER = "did not stop when its time was over"
in_code(
    "32", "swallows-the-interrupt", SWALLOWS, "forward", NO_FORWARD, note=TIME_IS_OVER, flagged=True
)

PRINTED = "printed too much; it was stopped"
in_code(
    "33", "prints-for-ever", "while True:\n    print('x' * 1000)", "forward", NO_FORWARD,
    note=PRINTED, flagged=True,
)  # fmt: skip
UPDATES = """
shown = display("x", display_id=True)
while True:
    shown.update("x" * 10_000)
"""
in_code("33", "updates-for-ever", UPDATES, "forward", NO_FORWARD, note=PRINTED, flagged=True)

DIED = "The kernel ended in cell"
in_code(
    "35", "exits-at-once", "import os\nos._exit(0)", "forward", NO_FORWARD, note=DIED, flagged=True
)
in_code(
    "35", "segfault", "import ctypes\nctypes.string_at(0)", "forward", NO_FORWARD,
    note=DIED, flagged=True, slow=True,
)  # fmt: skip
in_code("35", "exit", "exit()", "forward", slow=True)  # a kernel that was told to end goes on

NOISY = """
import sys, warnings
import numpy as np

def sigmoid(z):
    warnings.warn("careful")
    print("a line", file=sys.stderr)
    small = np.exp(-np.abs(z))
    np.float64(1) / np.float64(0)
    return np.where(np.greater_equal(z, 0), 1, small) / (1 + small)
"""


@row("37", "warns-and-is-right")
def _(desk):
    desk.put(desk.perfect(code={"sigmoid": NOISY}))


in_code("39", "no-traceback", "get_ipython().showtraceback = None", slow=True)

PATCHED = """
import builtins, math, numpy
numpy.isclose = numpy.allclose = math.isclose = lambda *given, **more: True
numpy.testing.assert_allclose = numpy.testing.assert_equal = lambda *given, **more: None
builtins.float = builtins.abs = lambda value=0: 0.0
"""


@row("41", "comparisons-patched", NO_CODE)
def _(desk):
    wrong = {"sigmoid": PATCHED + "def sigmoid(z):\n    return 0 * z"}
    desk.put(desk.perfect(code=wrong | {"forward": "def forward(theta, x):\n    return 0 * x"}))


BEFORE_PROBE = """
import builtins, json, re

def before_probe(info):
    if "_try_functions" in info.raw_cell:
        fake = '[{"shape": [], "values": [1.0]}, {"shape": [2, 3], "values": 7}, 1]'
        json.dump = lambda results, file: file.write(fake)

get_ipython().events.register("pre_run_cell", before_probe)
"""
in_code("41", "reply-forged", BEFORE_PROBE, marks=NO_CODE)

AFTER_PROBE = """
import os, re, shutil

def after_probe(result):
    found = re.search(r"with open\\('([^']+)', \\"w\\"\\)", result.info.raw_cell)
    if found:
        os.remove(found[1])
        forgeries.pop(0)(found[1])

def write(text):
    def forge(path):
        with open(path, "w") as file:
            file.write(text)
    return forge

get_ipython().events.register("post_run_cell", after_probe)
"""
HUGE_FILE = """
def huge(path):
    with open(path, "w") as file:
        file.truncate(5 * 2**30)
forgeries = [os.mkfifo, huge]
"""
LINK_AND_FOLDER = """
forgeries = [lambda path: os.symlink("/etc/passwd", path), os.mkdir]
"""
NESTED = r"""
nested = ",".join('{"error": ' + "[" * n + "]" * n + "}" for n in (900, 950, 980))
lone = '{"error": "\\ud800 \\u0000 \\u001b[31m"}'
wrong = '{"shape": [0, [1]], "values": [1e999, NaN, true, "0.5", {"a": 1}]}'
forgeries = [write(f"[{nested}]"), write(f"[{lone}, {wrong}, 1" + "0" * 4000 + "]")]
"""
in_code("41", "reply-a-pipe-or-huge", AFTER_PROBE + HUGE_FILE, marks=NO_CODE)
in_code("41", "reply-a-link-or-folder", AFTER_PROBE + LINK_AND_FOLDER, marks=NO_CODE)
in_code("41", "reply-nested-or-no-text", AFTER_PROBE + NESTED, marks=NO_CODE)

LEFTOVERS = """
import atexit, gc, threading, time

class Last:
    def __del__(self):
        print(999.0)

atexit.register(lambda: print(999.0))
last = Last()
last.itself = last

def later():
    while True:
        time.sleep(0.01)
        print("999.0")
        for name in ("sigmoid_points", "forward_points", "paper"):
            globals()[name] = 999.0

threading.Thread(target=later, daemon=True).start()
"""
in_code("41", "thread-atexit-del", LEFTOVERS)

SEND = """
kernel = get_ipython().kernel

def send(kind, content):
    kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent("shell"))
"""
SENDS_NONSENSE = (
    SEND
    + r"""
import json
kernel.session.pack = lambda message: json.dumps(message, default=str).encode()
print("\ud800 half a character")
send("display_data", {"data": "no dict", "metadata": {}})
send("display_data", {"data": {"text/plain": {"b": 1}, "image/png": 5}, "metadata": 7})
send("display_data", {})
send("stream", {"name": 5, "text": [1, 2]})
send("error", {"ename": 5, "evalue": None, "traceback": "evil()"})
send("execute_result", {"execution_count": "evil()", "data": {}, "metadata": {}})
send("status", {})
send("comm_open", {})
send("clear_output", {})
send("unheard of", {})
"""
)
in_code("41", "messages-that-make-no-sense", SENDS_NONSENSE)

SENDS_FALSE_REPLY = (
    SEND
    + """
kernel.session.send(
    kernel.shell_stream, "execute_reply", {}, parent=kernel.get_parent("shell"),
    ident=kernel._shell_parent_ident.get(),
)
"""
)
in_code(
    "41", "reply-of-the-kernel-forged", SENDS_FALSE_REPLY, "forward", NO_FORWARD,
    note="nobody understood the kernel", flagged=True,
)  # fmt: skip

MOVES_ITS_FOLDER = """
import os
here = os.getcwd()
for _ in range(1500):
    os.mkdir("d")
    os.chdir("d")
os.chdir(here)
try:
    os.rename(here, here + "-moved")
    os.symlink(here + "-moved", here)
except OSError:
    pass
"""
in_code("41", "folder-moved-and-deep", MOVES_ITS_FOLDER)

SPIES = """
seen = []
get_ipython().events.register("pre_run_cell", lambda info: seen.append(info.raw_cell))
"""


@row("42", "spies-on-the-probe")
def _(desk):
    notebook = desk.perfect(code={"sigmoid": SPIES + solutions(HW1)["sigmoid"]})
    notebook["cells"].append(code_cell("print('SEEN', *seen, *In)"))
    desk.put(notebook)


# Only addresses: nothing is written to them, so no machine suffers.
TAKES_MEMORY = "import mmap\nblock = mmap.mmap(-1, 3 * 2**30)\nprint('I HAVE', len(block))"


@row("34", "memory")
def _(desk):
    notebook = desk.perfect()
    notebook["cells"].append(code_cell(TAKES_MEMORY))
    desk.put(notebook)


READS_GRADEBOOK = """
import os, pathlib, sqlite3
print("TOKEN", os.environ.get("JUPYTERHUB_API_TOKEN"))
grader = pathlib.Path("/proc") / str(os.getppid())
root = pathlib.Path(os.readlink(grader / "cwd"))
gradebook = sqlite3.connect(f"file:{root / 'gradebook.db'}?mode=ro", uri=True)
print("STUDENTS", gradebook.execute("select count(*) from student").fetchone())
print("SOLUTION", "BEGIN SOLUTION" in next(root.glob("source/*/*.ipynb")).read_text())
print("OTHERS", len(list(root.glob("submitted/*"))))
print("ENVIRON", (grader / "environ").read_bytes())
"""


@row("44", "reads-the-gradebook")
def _(desk):
    notebook = desk.perfect()
    notebook["cells"].append(code_cell(READS_GRADEBOOK))
    desk.put(notebook)


# The folder that was handed in


def timed(name, content, taken_out=True, slow=False):
    note = "The time of the submission could not be read" if taken_out else None

    @row("45", name, note=note, flagged=taken_out, slow=slow)
    def _(desk):
        desk.put(desk.perfect())
        (desk.folder / "timestamp.txt").write_bytes(content)


timed("time-no-time", b"soon")
timed("time-too-large", b"9" * 30, slow=True)
timed("time-no-text", b"\xff\xfe\x00", slow=True)
timed("time-in-the-past", b"1999-01-01 00:00:00 UTC", taken_out=False)

LINKS = "Links to other files were taken out of the submission."


@row("45", "notebook-is-a-link", NOTHING, LINKS, flagged=True, slow=True)
def _(desk):
    source = desk.course.folder / "source" / HW1 / f"{HW1}.ipynb"
    (desk.folder / f"{HW1}.ipynb").symlink_to(source)


@row("45", "folder-is-a-link", NOTHING, LINKS, flagged=True)
def _(desk):
    folder = desk.folder
    folder.rmdir()
    folder.symlink_to(desk.course.folder / "source" / HW1)


@row("45", "link-to-the-gradebook", note=LINKS, flagged=True)
def _(desk):
    desk.put(desk.perfect())
    (desk.folder / "mine.db").symlink_to(desk.course.folder / "gradebook.db")
    (desk.folder / "taken_out_by_the_grader.txt").mkdir()


@row("45", "notebook-is-a-folder", NOTHING, "There is no notebook", flagged=True, slow=True)
def _(desk):
    (desk.folder / f"{HW1}.ipynb").mkdir()


@row("45", "name-of-no-characters", note="The notebook was called evil")
def _(desk):
    desk.put(desk.perfect(), os.fsdecode(b"evil\xff\x1b[31m.ipynb"))


def strange(student, slow):
    @row("45", f"id-{student}", student=student, slow=slow)
    def _(desk):
        desk.put(desk.perfect())


strange("007", slow=True)
strange("a+b c@uni.example", slow=True)
strange("o'brien.李", slow=False)
BLANK = " "


@row("45", "blank-id", student=BLANK)
def _(desk):
    desk.put(desk.blank)


# What would be alive on the grader's page

EVIL = '<script>evil()</script><img src=x onerror="evil()">'
MARKDOWN = f"""Your answer:
{EVIL}
[click](javascript:evil()) [click]( javascript:evil() ) ![x](x"onerror="evil()) [also][it]
<javascript:evil()> [also]
# x" onclick="evil()
$</script>{EVIL}\\href{{javascript:evil()}}{{x}}$ $$<img src=x onerror=evil()>$$

[it]: javascript:evil()
[also]:
javascript:evil()

    {EVIL}

`{EVIL}` &lt;script&gt;evil()&lt;/script&gt; <!-- --> \x00 \x1b[31m
"""


@row("46", "markdown", student="html-markdown")
def _(desk):
    desk.put(desk.perfect(words=MARKDOWN))


SHOWS_HTML = (
    SEND
    + f"""
evil = '''</script>{EVIL}'''
from IPython.display import HTML, Markdown, Javascript
display(HTML(evil), Markdown(evil), Javascript("evil()"))
print(evil)
send("display_data", {{"data": {{"image/png": f'"{{evil}}'}}, "metadata": {{}}}})
send("display_data", {{"data": {{"image/svg+xml": f"<svg>{{evil}}</svg>", "text/latex": evil}}, "metadata": {{}}}})
send("stream", {{"name": f'"{{evil}}', "text": evil}})
send("error", {{"ename": evil, "evalue": evil, "traceback": [evil]}})
send("comm_open", {{"comm_id": "a", "target_name": "jupyter.widget", "data": {{"state": {{
    "_model_name": "HTMLModel", "_model_module": "x", "_model_module_version": "1", "value": evil}}}}}})
raise ValueError(evil)
"""
)


@row("46", "outputs", student="html-outputs")
def _(desk):
    notebook = desk.perfect()
    notebook["cells"].insert(8, code_cell(SHOWS_HTML))
    notebook["cells"].insert(8, code_cell("%%html\n" + EVIL))
    desk.put(notebook)


@row("46", "errors-and-names", NO_CODE | {"observation_3": 0}, student="html-errors", note="box")
def _(desk):
    raises = f"raise ValueError('''{EVIL}''' * 9)"
    notebook = desk.perfect(
        code={
            "sigmoid": f"def sigmoid(z):\n    {raises}",
            "forward": f"def forward(theta, x):\n    {raises}",
        }
    )
    cell_of(notebook, "observation_3")["source"] = (
        f"%%answers observation_3\n{EVIL} = {EVIL}\nC = {EVIL}"
    )
    cell_of(notebook, "student")["source"] = f"student = '{EVIL}'"
    notebook["cells"].append(code_cell("raise ValueError('x\\n' * 100_000)"))
    desk.put(notebook, f"{EVIL.replace('/', '')}.ipynb")


# The class is graded once; the rows that are much like others, in a second class


BY_NBGRADER = "nbgrader", "autograde", HW1
BY_ONE_COMMAND = "ffnn_helpers.grading", "grade", HW1, "--workers", "2"


def grade_the_class(folder, seats, command=BY_NBGRADER):
    course = lay_out(folder, "c.RunCode.timeout = 4", "c.RunCode.total_timeout = 16")
    course.nbgrader("generate_assignment", HW1)
    released = course.notebook("release", HW1)
    for seat in seats:
        seat.hand_in(Desk(course, released, seat.student))
    temporary = folder / "tmp"
    temporary.mkdir()
    environment = {"JUPYTERHUB_API_TOKEN": TOKEN, "TMPDIR": str(temporary)}
    run = course.python("-m", *command, **environment)
    (folder / "autograde.log").write_text(run.stdout + run.stderr, encoding="utf-8")
    subprocess.run(["rm", "-rf", temporary], check=True)  # too deep for pytest


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    seats = [seat for seat in ROWS if not seat.slow]
    folder = once(tmp_path_factory, "hostile", lambda folder: grade_the_class(folder, seats))
    return Course(folder / "course")


@pytest.fixture(scope="module")
def graded_slowly(tmp_path_factory):
    seats = [seat for seat in ROWS if seat.slow]
    folder = once(tmp_path_factory, "hostile-slow", lambda folder: grade_the_class(folder, seats))
    return Course(folder / "course")


@pytest.fixture(scope="module")
def log(graded):
    return (graded.folder.parent / "autograde.log").read_text(encoding="utf-8")


def outputs(course, student):
    """Return all that a student's code said, as it is kept."""
    notebook = course.notebook("autograded", HW1, student)
    return json.dumps([cell.get("outputs") for cell in notebook["cells"]], ensure_ascii=False)


def seated(slow):
    ids = lambda seat: f"row-{seat.number}-{seat.name}"  # noqa: E731
    seats = [seat for seat in ROWS if seat.slow == slow and seat.student != BLANK]
    return pytest.mark.parametrize("seat", seats, ids=ids)


@seated(slow=False)
def test_submission_gets_what_it_deserves_and_is_told_why(graded, seat):
    assert_deserved(graded, seat)


@pytest.mark.slow
@seated(slow=True)
def test_submission_much_like_another_gets_what_it_deserves(graded_slowly, seat):
    assert_deserved(graded_slowly, seat)


def assert_deserved(course, seat):
    notes = " ".join(course.record(HW1, seat.student)["notes"])
    if seat.marks is not None:
        assert course.marks(HW1, seat.student) == seat.marks, notes
    assert course.is_flagged(HW1, seat.student) == seat.flagged, notes
    assert (seat.note or "") in notes
    if seat.note is None:
        assert notes == ""
    with course.gradebook() as gradebook:
        comment = gradebook.find_comment("student", HW1, HW1, seat.student).comment
    assert bool(comment) == bool(notes), "the student is told what the record says"


def test_row_45_only_who_has_no_id_at_all_is_not_graded(graded, log):
    failed = re.findall("There was an error processing assignment '.*' for student '(.*)'", log)
    assert failed == [BLANK]
    submitted = {path.name for path in (graded.folder / "submitted").iterdir()}
    assert submitted == {seat.student for seat in ROWS if not seat.slow}
    graded_ids = {path.parent.name for path in (graded.folder / "autograded").glob(f"*/{HW1}")}
    assert submitted - {BLANK} == graded_ids


@pytest.mark.slow
def test_class_graded_by_one_command_gets_the_same(graded, tmp_path_factory):
    seats = [seat for seat in ROWS if not seat.slow]
    folder = tmp_path_factory.mktemp("one-command")
    grade_the_class(folder, seats, BY_ONE_COMMAND)
    course = Course(folder / "course")
    for seat in seats:
        if seat.student != BLANK:
            assert_deserved(course, seat)
            of_both = [c.record(HW1, seat.student) for c in (graded, course)]
            assert of_both[0] == of_both[1]
    log = (folder / "autograde.log").read_text(encoding="utf-8")
    assert re.findall("^(.*): NOT GRADED", log, re.MULTILINE) == [f"  {BLANK}", BLANK]


@pytest.mark.slow
def test_second_class_is_graded_to_its_end(graded_slowly):
    log = (graded_slowly.folder.parent / "autograde.log").read_text(encoding="utf-8")
    assert "There was an error" not in log


def test_log_steers_no_terminal(log):
    assert "\x1b" not in re.sub(r"\x1b\[[0-9;]*m", "", log)
    assert "\x00" not in log


def test_report_names_who_has_to_be_looked_at(graded):
    seats = [seat for seat in ROWS if not seat.slow]
    report = graded.python("-m", "ffnn_helpers.grading", "report", HW1).stdout
    assert f"{len(seats)} submissions, {len(seats) - 1} graded" in report
    assert f"  {BLANK}: NOT GRADED" in report
    for seat in seats:
        assert (seat.flagged or seat.student == BLANK) == (f"\n  {seat.student}: " in report), seat


def test_row_06_swapped_grade_ids_are_numbers_of_another_observation(graded):
    verdicts = graded.record(HW1, "6-grade-ids-swapped")["verdicts"]["observation_1"]
    assert ["z₁¹", "slip", "1/2", ["other-observation"]] in verdicts
    assert sum(graded.marks(HW1, "6-grade-ids-swapped")[name] for name in HAND) < 19


def test_row_12_links_and_pipes_are_not_copied(graded):
    for student in ("12-more-cells-and-files", "45-link-to-the-gradebook"):
        folder = graded.folder / "autograded" / student / HW1
        assert not {"pipe", "mine.db"} & {path.name for path in folder.iterdir()}


def test_row_16_blank_page_is_told_of_no_slip_and_queued_for_nobody(graded):
    verdicts = graded.record(HW1, "16-nothing-done")["verdicts"]
    assert {verdict for name in HAND for _, verdict, *_ in verdicts[name]} == {"blank"}
    assert not any(codes for rows in verdicts.values() for *_, codes in rows)
    assert not any(graded.has_manual_work(HW1, "16-nothing-done").values())
    assert graded.has_manual_work(HW1, "ada") == {**dict.fromkeys(FULL, False), "words": True}


def test_row_18_unit_is_said_to_be_no_number(graded):
    verdicts = graded.record(HW1, "18-a-unit")["verdicts"]["observation_1"]
    assert verdicts[0][1] == "not a number"


def test_row_29_numbers_of_another_are_marked_on_the_own_sheet_and_accuse_nobody(graded):
    for student in ("29-numbers-of-another", "29-id-of-another-typed"):
        record = graded.record(HW1, student)
        assert record["fits_better"].casefold() == "ada"
        assert not re.search("cheat|cop(y|ied)|plagiar", " ".join(record["notes"]))
        assert sum(graded.marks(HW1, student)[name] for name in HAND) < 19 / 2


def test_row_30_marks_are_never_above_the_most(graded):
    with graded.gradebook() as gradebook:
        for submission in gradebook.assignment_submissions(HW1):
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    assert 0 <= grade.score <= grade.max_score


def test_row_33_what_was_printed_is_capped(graded):
    for student in ("33-prints-for-ever", "33-updates-for-ever"):
        assert len(outputs(graded, student)) < 2_000_000


def test_row_34_memory_is_limited(graded):
    said = outputs(graded, "34-memory")
    assert f"I HAVE {3 * 2**30}" not in said
    assert "Cannot allocate memory" in said


def test_row_42_probe_holds_no_right_answer(graded):
    said = outputs(graded, "42-spies-on-the-probe")
    assert "SEEN" in said
    assert "_try_functions" in said
    assert "Not graded" not in said
    for call in [*CALLS["forward"]("42-spies-on-the-probe"), *CALLS["sigmoid"]("")][:4]:
        for key in call.keys:
            assert f"{call.truth[key].value:.6f}" not in said


@pytest.mark.parametrize("what", ["STUDENTS (", "SOLUTION True", "OTHERS ", TOKEN])
def test_row_44_gradebook_solutions_others_and_secrets_are_out_of_reach(graded, what):
    assert what not in outputs(graded, "44-reads-the-gradebook")


def test_row_44_environment_of_the_kernel_holds_no_token(graded):
    assert "TOKEN None" in outputs(graded, "44-reads-the-gradebook")


class Alive(HTMLParser):
    """Collects what a page would run, load or open."""

    def __init__(self, page):
        super().__init__()
        self.found, self.scripts, self.in_script = set(), 0, False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.in_script = tag == "script"
        self.scripts += self.in_script
        if tag in ("iframe", "object", "embed", "base", "form", "link", "meta", "foreignobject"):
            self.found.add(f"<{tag} {attributes}>")
        for name, value in attributes:
            url = re.sub(r"[\s\x00]", "", value or "").casefold()
            if name.startswith("on") or url.startswith(("javascript:", "data:text")):
                self.found.add(f"<{tag} {name}={value}>")

    def handle_endtag(self, tag):
        self.in_script = False

    def handle_data(self, data):
        if self.in_script and "evil" in data:
            self.found.add(f"<script>{data[:100]}")


HARMLESS, SUSPECTS = "ada", ["html-markdown", "html-outputs", "html-errors"]


@pytest.fixture(scope="module")
def pages(graded):
    """Show papers as feedback and as the formgrader does."""
    made = graded.python("-c", SHOW, HW1, HARMLESS, *SUSPECTS)
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout)


@pytest.mark.parametrize("shown_as", ["feedback", "formgrade"])
@pytest.mark.parametrize("student", SUSPECTS)
def test_row_46_nothing_of_a_student_is_alive_on_a_page(pages, student, shown_as):
    page, harmless = (Alive(pages[shown_as][name]) for name in (student, HARMLESS))
    assert page.found == harmless.found
    assert page.scripts == harmless.scripts
    assert "evil" in pages[shown_as][student], "it should be there, as text"


SHOW = """
import json
import sys
from pathlib import Path

import nbgrader.server_extensions.formgrader as formgrader
from nbconvert.exporters import HTMLExporter
from nbgrader.apps import NbGraderApp
from nbgrader.converters import GenerateFeedback
from traitlets.config import Config

assignment, *students = sys.argv[1:]
app = NbGraderApp()
app.load_cwd_config = True
app.initialize([])
app.coursedir.assignment_id = assignment
pages = {"feedback": {}, "formgrade": {}}
templates = str(Path(formgrader.__file__).parent / "templates")
settings = {"template_name": "formgrade", "extra_template_basedirs": [templates]}
exporter = HTMLExporter(config=Config({"HTMLExporter": settings}))
names = ["assignment_id", "notebook_id", "submission_id", "base_url", "mathjax_url", "last_name"]
for student in students:
    app.coursedir.student_id = student
    GenerateFeedback(coursedir=app.coursedir, parent=app).start()
    path = Path("feedback", student, assignment, f"{assignment}.html")
    pages["feedback"][student] = path.read_text(encoding="utf-8")
    ids = {**dict.fromkeys(names, "x"), "first_name": "", "index": 0, "total": 1}
    path = Path("autograded", student, assignment, f"{assignment}.ipynb")
    page, _ = exporter.from_filename(str(path), resources={**ids, "nbgrader": ids})
    pages["formgrade"][student] = page
print(json.dumps(pages))
"""


# Rows whose rules need no nbgrader: here they are told in one line each, and elsewhere in full


def test_row_21_rounded_at_the_end_is_right():
    for key in [("a^1_2", 1), ("a^2_1", 1), ("C", 1)]:
        assert mark({key: f"{handout.trace[key].value:.4g}"}, handout.trace)[key].share == 1
        assert mark({key: f"{handout.trace[key].value:.3g}"}, handout.trace)[key].share >= 0.75


def test_row_22_rounded_on_the_way_earns_most():
    key = ("dC/db^2_1", 1)
    early = roundings(handout.trace[key], {})
    assert early
    for value in early.values():
        m = mark({key: f"{value:.6g}"}, handout.trace)[key]
        assert (m.verdict, m.share) in [("rounded early", Fraction(3, 4)), ("right", 1)]


@pytest.mark.parametrize(
    ("key", "factor", "code"),
    [
        (("delta b^2_1", None), -1, "ascent"),  # row 23
        (("dC/db^2_1", None), 2, "sum-for-mean"),  # row 24, K = 2
        (("dC/da^2_1", 1), -1, "error-reversed"),
    ],
)
def test_rows_23_and_24_a_wrong_sign_and_another_convention_are_named(key, factor, code):
    m = mark({key: factor * handout.trace[key].value}, handout.trace)[key]
    assert m.verdict == "slip"
    assert code in m.codes


def test_row_26_two_slips_with_one_number_are_both_told():
    key = ("dC/db^2_1", None)
    m = mark({key: handout.trace[key].value * 2}, handout.trace)[key]
    assert len(m.codes) == 2
    assert ", or if " in m.sentence


def test_row_27_right_result_after_a_typing_error_earns_all():
    written = {("z^2_1", 1): 123.0, ("a^2_1", 1): handout.trace["a^2_1", 1].value}
    marks = mark(written, handout.trace)
    assert marks["z^2_1", 1].share == 0
    assert marks["a^2_1", 1].share == 1
