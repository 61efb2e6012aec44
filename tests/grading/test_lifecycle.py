"""A class of six, from the assignment to the feedback and the export, through a real exchange.

What is not about hostility: that marks are right, stay the same, and that work done by hand is
kept. Everything is asked of nbgrader's own commands.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ffnn_helpers.grading import records
from ffnn_helpers.homework import FUNCTIONS, HOMEWORK
from ffnn_helpers.notation import number
from tests.grading.course import (
    HW1,
    HW2,
    HW3,
    ROOT,
    WORDS,
    Course,
    cell_of,
    lay_out,
    needs_fence,
    once,
    paper,
    rules_of_slip,
    true_values,
)

pytestmark = [needs_fence, pytest.mark.xdist_group("grading-lifecycle")]

FULL = {"observation_1": 7, "observation_2": 7, "observation_3": 4, "batch_cost": 1}
FULL |= {"sigmoid": 4, "forward": 6, "words": 0}
NOTHING = dict.fromkeys(FULL, 0)
COMMA_IN_NAME, FORMULA = 'Lovelace, "Ada"', "=1+1"

WARNS = """
import sys, warnings
import numpy as np

def sigmoid(z):
    warnings.warn("careful")
    print("so far so good", file=sys.stderr)
    return 1 / (1 + np.exp(-np.asarray(z, dtype=float)))
"""


def _blank(released):
    return released


def _perfect(released):
    return paper(released, HW1, "perfect")


def _slip(released):
    """Leave the bias out of one sum, everywhere, and go on rightly; write a slip in code."""
    rules = rules_of_slip("bias-left-out", "z^1_2", ("C", None))
    upside_down = "import numpy as np\n\ndef sigmoid(z):\n    return 1 / (1 + np.exp(z))"
    return paper(released, HW1, "slip", rules=rules, code={"sigmoid": upside_down})


def _warns(released):
    return paper(released, HW1, "warns", code={"sigmoid": WARNS})


def _anothers(released):
    return paper(released, HW1, "perfect", words="Your answer:")


def _commas(released):
    def write(key, value):
        return f"0.5·({number(value)}) = {number(value)}".replace(".", ",") + "   # so?"

    return paper(released, HW1, "commas", write=write)


CLASS = {
    "blank": _blank,
    "perfect": _perfect,
    "slip": _slip,
    "warns": _warns,
    "anothers": _anothers,
    "commas": _commas,
}
MARKS = {
    "blank": NOTHING,
    "perfect": FULL,
    # Half a point for the sum, once: what follows from it is right, and the other sums are it again.
    # The slip in code is named, and earns half; it costs nothing in what calls that function.
    "slip": FULL | {"observation_1": 6.5, "sigmoid": 2},
    "warns": FULL,
    "commas": FULL,
}


def of_student(folder, student, command, *more):
    """Return a student's command: from a folder, and with a cache, of their own."""
    own = folder / student
    own.mkdir(exist_ok=True)
    settings = [f"--Exchange.root={folder / 'exchange'}", f"--Exchange.cache={own / 'cache'}"]
    return own, command, HW1, *settings, "--course=ffnn", *more


def through_the_exchange(folder):
    exchange = folder / "exchange"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)  # whatever the umask is
    course = lay_out(folder, f"c.Exchange.root = {str(exchange)!r}")
    roster = [("id", "last_name"), ("perfect", COMMA_IN_NAME), ("slip", FORMULA)]
    with (course.folder / "roster.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(roster)
    here = course.folder
    course.commands(
        (here, "db", "student", "import", "roster.csv"),
        (here, "generate_assignment", HW1),
        (here, "release_assignment", HW1),
        *(of_student(folder, student, "fetch_assignment") for student in CLASS),
    )
    for student, fill_in in CLASS.items():
        path = folder / student / HW1 / f"{HW1}.ipynb"
        released = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(fill_in(released)), encoding="utf-8")
    course.commands(
        *(of_student(folder, student, "submit", "--student", student) for student in CLASS),
        (here, "collect", HW1),
        (here, "autograde", HW1),
        (here, "generate_feedback", HW1),
        (here, "release_feedback", HW1),
        of_student(folder, "slip", "fetch_feedback"),
    )


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    return Course(once(tmp_path_factory, "lifecycle", through_the_exchange) / "course")


@pytest.fixture
def copied(lived, tmp_path):
    """Return the same course, for a test that changes it."""
    shutil.copytree(lived.folder.parent, tmp_path, dirs_exist_ok=True)
    return Course(tmp_path / "course")


@pytest.mark.parametrize("student", MARKS)
def test_marks(lived, student):
    assert lived.marks(HW1, student) == MARKS[student]
    assert not lived.is_flagged(HW1, student)


def test_another_students_numbers_are_marked_on_the_own_sheet_and_flagged(lived):
    marks = lived.marks(HW1, "anothers")
    assert sum(marks[name] for name in FULL if name.startswith(("obs", "batch"))) < 10
    assert (marks["sigmoid"], marks["forward"]) == (4, 6)
    assert lived.is_flagged(HW1, "anothers")
    assert lived.record(HW1, "anothers")["fits_better"] == "perfect"


def test_words_are_queued_for_a_person_where_there_are_any(lived):
    for student, by_hand in [
        ("perfect", True),
        ("slip", True),
        ("blank", False),
        ("anothers", False),
    ]:
        assert lived.has_manual_work(HW1, student)["words"] == by_hand, student
    assert lived.record(HW1, "perfect")["words"] == WORDS


def test_feedback_names_the_slip_and_says_what_follows_from_it(lived):
    (fetched,) = (lived.folder.parent / "slip" / HW1 / "feedback").glob("*/*.html")
    page = fetched.read_text(encoding="utf-8")
    assert "This is what you get if the bias is left out of z₂¹." in page
    assert "It follows from your own z₂¹ of observation 1." in page
    assert "the exponent" in page  # of the slip in code


@pytest.mark.parametrize("student", ["blank", "perfect", "slip", "anothers"])
def test_feedback_gives_neither_a_test_nor_a_right_answer_away(lived, student):
    page = lived.feedback(HW1, student)
    handed_in = json.dumps(lived.notebook("submitted", HW1, student), ensure_ascii=False)
    for told in (
        "BEGIN HIDDEN",
        "END HIDDEN",
        "Not graded",
        "MARK SCHEME",
        "np.where",
        "_try_func",
    ):
        assert told not in page
    own = true_values(HW1, student)
    asked = {key for question in HOMEWORK[HW1] for key in question.asked}
    for key in asked:
        right = number(own[key], 5)
        if len(right.lstrip("−0.")) >= 4 and number(own[key]) not in handed_in:
            assert right not in page, key
            assert number(own[key]) not in page, key


@pytest.mark.slow
def test_right_answers_stand_in_the_feedback_where_the_course_wants_it(copied):
    config = copied.folder / "nbgrader_config.py"
    text = config.read_text(encoding="utf-8")
    config.write_text(f"{text}\nconfigure(c, reveal_answers=True)\n", encoding="utf-8")
    copied.nbgrader("autograde", HW1, "--force", "--student", "slip")
    copied.nbgrader("generate_feedback", HW1, "--force", "--student", "slip")
    assert number(true_values(HW1, "slip")["z^1_2", 1], 6) in copied.feedback(HW1, "slip")


def everything(course):
    """Return what a grading leaves: all marks, and all records."""
    with course.gradebook() as gradebook:
        students = sorted(student.id for student in gradebook.students)
        found = records.load(gradebook, HW1)
    marks = {student: course.marks(HW1, student) for student in students}
    return marks, found


def test_grading_twice_changes_nothing_and_manual_work_stays(copied):
    mark_by_hand(copied, "perfect", "words", 4.5, "Say *why* it is flat.")
    mark_by_hand(copied, "slip", "words", 3, "Half of it.")
    before = everything(copied)
    submitted = copied.folder / "submitted" / "slip" / HW1 / f"{HW1}.ipynb"
    notebook = json.loads(submitted.read_text(encoding="utf-8"))
    copied.nbgrader("autograde", HW1, "--force")
    assert everything(copied) == before
    assert copied.marks(HW1, "perfect")["words"] == 4.5
    assert not copied.has_manual_work(HW1, "perfect")["words"], "it was marked, and is the same"
    assert not copied.has_manual_work(HW1, "slip")["words"]

    cell_of(notebook, "your-answer")["source"] = "Your answer: I see it now."
    cell_of(notebook, "observation_2")["source"] = "%%answers observation_2\nC = 1"
    submitted.chmod(0o644)
    submitted.write_text(json.dumps(notebook), encoding="utf-8")
    copied.nbgrader("autograde", HW1, "--force", "--student", "slip")
    assert copied.has_manual_work(HW1, "slip")["words"], "it is another answer now"
    changes = copied.record(HW1, "slip")["changes"]
    copied.nbgrader("autograde", HW1, "--force", "--student", "slip")
    assert copied.has_manual_work(HW1, "slip")["words"], "nobody has read it yet"
    assert copied.marks(HW1, "slip")["observation_2"] == 0
    assert "observation_2: 7 to 0 points, for other answers" in changes
    assert {change.partition(":")[0] for change in changes} == {"observation_2", "batch_cost"}
    copied.nbgrader("generate_feedback", HW1, "--force", "--student", "perfect")
    assert "Say <em>why</em> it is flat." in copied.feedback(HW1, "perfect")


def mark_by_hand(course, student, name, points, comment):
    """Do what the formgrader does when a person puts in points and a comment."""
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade(name, HW1, HW1, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.find_comment(name, HW1, HW1, student).manual_comment = comment
        gradebook.db.commit()


AS_THE_FORMGRADER = """
import asyncio
import sys
from nbgrader.apps import NbGraderApp
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

async def answer_a_request():  # a server's loop is running while it grades
    app = NbGraderApp()
    app.config_file_paths.insert(0, sys.argv[1])
    app.load_cwd_config = True
    app.initialize([f"--CourseDirectory.root={sys.argv[1]}"])
    api = NbGraderAPI(app.coursedir, parent=app)
    for student in sys.argv[3:]:
        result = api.autograde(sys.argv[2], student, force=True)
        assert result["success"], result

asyncio.run(answer_a_request())
"""


def test_formgrader_gives_the_same_marks(copied):
    before = everything(copied)
    shutil.rmtree(copied.folder / "autograded")
    outside = copied.folder.parent / "outside"
    outside.mkdir()
    run = copied.python("-c", AS_THE_FORMGRADER, copied.folder, HW1, "slip", "perfect", cwd=outside)
    assert run.returncode == 0, run.stderr
    assert (copied.folder / "autograded" / "slip" / HW1).exists()
    assert everything(copied) == before
    assert list(outside.iterdir()) == []


def test_export_survives_commas_and_formulas(lived, tmp_path):
    to = tmp_path / "grades.csv"
    lived.nbgrader("export", "--to", str(to))
    with to.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert set(rows) == set(CLASS)
    assert rows["perfect"]["last_name"] == COMMA_IN_NAME
    assert rows["slip"]["last_name"] == f"'{FORMULA}"
    for student, marks in MARKS.items():
        assert {name: float(rows[student][name] or 0) for name in marks} == marks
        in_words = rows[student]["words"]
        assert in_words == ("0.0" if student == "blank" else ""), "unmarked is not 0"
        assert float(rows[student]["score"]) == sum(marks.values())


def test_report_counts_the_slips(lived):
    run = lived.python("-m", "ffnn_helpers.grading", "report", HW1)
    assert run.returncode == 0, run.stderr
    assert f"{len(CLASS)} submissions, {len(CLASS)} graded." in run.stdout
    assert re.search(r"observation_1 +\d+ +bias-left-out", run.stdout)
    assert re.search(r"sigmoid +1 +exponent-without-minus", run.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("assignment", [HW2, HW3])
def test_perfect_paper_of_another_assignment_gets_all_points(tmp_path, assignment):
    course = lay_out(tmp_path)
    course.nbgrader("generate_assignment", assignment)
    released = course.notebook("release", assignment)
    course.hand_in("ada", assignment, paper(released, assignment, "ada"))
    course.nbgrader("autograde", assignment)
    full = {question.name: len(question.asked) for question in HOMEWORK[assignment]}
    assert course.marks(assignment, "ada") == full | FUNCTIONS[assignment] | {"words": 0}
    assert course.record(assignment, "ada")["notes"] == []


def two_users():
    """Name two users of this machine who are not root."""
    import pwd

    return [user for user in pwd.getpwall() if user.pw_uid not in (0, os.getuid())][:2]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root is many users")
def test_two_unix_users_hand_in_and_neither_reads_the_others_work():
    ada, ben = two_users()
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)  # pytest's own folders let nobody else pass
        (exchange := folder / "exchange").mkdir()
        exchange.chmod(0o777)  # whatever the umask is
        (mine := folder / "instructor").mkdir(mode=0o700)
        course = lay_out(mine, f"c.Exchange.root = {str(exchange)!r}")
        course.nbgrader("generate_assignment", HW1)
        course.nbgrader("release_assignment", HW1)
        settings = f"--Exchange.root={exchange}", "--course=ffnn"
        for user in (ada, ben):
            home = folder / user.pw_name
            home.mkdir(mode=0o700)
            os.chown(home, user.pw_uid, user.pw_gid)
            as_user(user, home, "fetch_assignment", HW1, *settings)
            path = home / HW1 / f"{HW1}.ipynb"
            released = json.loads(path.read_text(encoding="utf-8"))
            path.write_text(json.dumps(paper(released, HW1, user.pw_name)), encoding="utf-8")
            as_user(user, home, "submit", HW1, *settings)
        course.nbgrader("collect", HW1)
        run = course.python("-m", "ffnn_helpers.grading", "grade", HW1)
        assert run.returncode == 0, run.stderr
        course.nbgrader("generate_feedback", HW1)
        course.nbgrader("release_feedback", HW1)
        for user, other in ((ada, ben), (ben, ada)):
            home = folder / user.pw_name
            as_user(user, home, "fetch_feedback", HW1, *settings)
            assert [*home.rglob("*.html")], "the own feedback has come"
            assert course.marks(HW1, user.pw_name) == FULL | {"words": 0}
            # What is in there can be read by its name, which ends in twelve random letters.
            listing = user_runs(user, home, "-c", LIST, exchange / "ffnn" / "inbound")
            assert listing.returncode != 0, "nobody but the instructor sees the names"
            theirs = [
                *(folder / other.pw_name).rglob("*.ipynb"),
                *(course.folder / "feedback" / other.pw_name).rglob("*.html"),
                course.folder / "gradebook.db",
            ]
            assert len(theirs) >= 3
            for path in theirs:
                run = user_runs(user, home, "-c", READ, path)
                assert run.returncode != 0, f"{user.pw_name} can read {path}"


LIST = "import os, sys; print(os.listdir(sys.argv[1]))"
READ = "import sys; open(sys.argv[1], 'rb').read()"


def user_runs(user, home, *arguments):
    """Run Python as a user of this machine, with root's home closed but for Python and the course."""
    shown = [path for path in (sys.prefix, sys.base_prefix, ROOT) if _is_roots(path)]
    room = ["bwrap", "--dev-bind", "/", "/", "--perms", "0755", "--tmpfs", Path.home()]
    room += [word for path in shown for word in ("--ro-bind", path, path)]
    room += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    become = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    names = "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR", "MPLCONFIGDIR"
    own = {name: str(home / name.lower()) for name in names}
    return subprocess.run(
        [*map(str, [*room, *become, sys.executable, *arguments])],
        cwd=home,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(ROOT), **own},
        capture_output=True,
        text=True,
        check=False,
    )


def _is_roots(path):
    return Path(path).is_relative_to(Path.home())


def as_user(user, home, *arguments):
    run = user_runs(user, home, "-m", "nbgrader", *arguments)
    assert run.returncode == 0, run.stdout + run.stderr
