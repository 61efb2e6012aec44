"""The doctor says what is in force, and not what was meant; aliases settle typing errors."""

import os
import sys
import tempfile
from pathlib import Path

import pytest

from ffnn_helpers.sheets import row_of
from tests.grading.course import HW1, lay_out, needs_fence, paper

pytestmark = pytest.mark.xdist_group("doctor")  # the tests change one course in turn


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    made = lay_out(tmp_path_factory.mktemp("doctor"))
    made.nbgrader("generate_assignment", HW1)
    return made


def said(course):
    run = course.python("-m", "ffnn_helpers.grading", "doctor")
    assert not run.stderr.startswith("Traceback"), run.stderr
    return run.stdout


def with_setting(course, line):
    """Set something after configure(), ask the doctor, and take it out again."""
    path = course.folder / "nbgrader_config.py"
    before = path.read_text("utf-8")
    path.write_text(f"{before}\n{line}\n", "utf-8")
    try:
        return said(course)
    finally:
        path.write_text(before, "utf-8")


@needs_fence
def test_the_settings_of_the_project_are_good_and_the_fence_was_tried(course):
    told = said(course).splitlines()
    bad = [line for line in told if line.startswith("bad")]
    assert [line for line in told if line.startswith("good")]
    assert not bad
    assert any("fenced in. Tried: no network" in line for line in told)


def test_where_there_is_no_fence_the_doctor_says_so_and_the_ways_out(course):
    run = course.python(
        "-m", "ffnn_helpers.grading", "doctor", PATH=str(Path(sys.executable).parent)
    )
    bad = [line for line in run.stdout.splitlines() if line.startswith("bad")]
    assert run.returncode == 1
    assert len(bad) == 1
    assert "Nothing will be graded" in bad[0]
    assert 'c.Fence.code = "not run"' in bad[0]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            'c.Autograde.exporter_class = "nbconvert.exporters.NotebookExporter"',
            "NOT SO: Submissions are rebuilt",
        ),
        ("c.Autograde.pre_convert_hook = print", "NOT SO: Links and renamed notebooks"),
        ("c.Autograde.sanitize_preprocessors = []", "NOT SO: What comes before the grading"),
        (
            'c.Autograde.autograde_preprocessors = ["nbgrader.preprocessors.Execute"]',
            "NOT SO: Marks are computed outside",
        ),
        ("c.Score.enabled = False", "NOT SO: Marks are computed outside"),
        ("c.GenerateFeedback.preprocessors = []", "NOT SO: Feedback shows no source"),
        ('c.Fence.code = "NOT ISOLATED"', "bad   NOT ISOLATED: the code of students runs with"),
        ('c.Fence.code = "not run"', "note  Code is not run, and its points are missing"),
        ('c.CourseDirectory.submitted_directory = "in"', "submitted_directory must be 'submitted'"),
    ],
)
def test_a_setting_that_undoes_ours_is_said(course, line, sentence):
    assert sentence in with_setting(course, line)


def test_points_that_are_not_one_a_box_are_said(course):
    with course.gradebook() as gradebook:
        cell = gradebook.find_grade_cell("observation_1_points", HW1, HW1)
        cell.max_score = 5
        gradebook.db.commit()
        try:
            assert "observation_1 has 5.0 points and 7 boxes" in said(course)
        finally:
            cell.max_score = 7
            gradebook.db.commit()


def test_students_who_share_a_sheet_are_named(course):
    first = "student0"
    other = next(f"s{n}" for n in range(100_000) if row_of(HW1, f"s{n}") == row_of(HW1, first))
    with course.gradebook() as gradebook:
        gradebook.add_student(first)
        gradebook.add_student(other)
        gradebook.add_student("alone")
    told = said(course)
    assert f"{first} and {other} have the same numbers in {HW1}." in told or (
        f"{other} and {first} have the same numbers in {HW1}." in told
    )
    assert "alone" not in told


@needs_fence
def test_an_alias_settles_a_typing_error(course):
    """Ada typed `adaa`, and worked on that sheet; the instructor says so, and grades again."""
    released = course.notebook("release", HW1)
    worked = paper(released, HW1, "adaa")
    for cell in worked["cells"]:
        if cell.get("id") == "student":
            cell["source"] = 'student = "adaa"'
    course.hand_in("ada", HW1, worked)
    course.nbgrader("autograde", HW1, "--student", "ada")
    before = course.marks(HW1, "ada")
    assert before["observation_1"] < 7
    assert course.is_flagged(HW1, "ada")
    assert "stands on the page" in " ".join(course.record(HW1, "ada")["notes"])
    (course.folder / "aliases.csv").write_text("Adaa ,ada\n", "utf-8")
    course.nbgrader("autograde", HW1, "--student", "ada", "--force")
    after = course.marks(HW1, "ada")
    assert [after[q] for q in ("observation_1", "observation_2", "observation_3")] == [7, 7, 4]
    assert [after[f] for f in ("sigmoid", "forward")] == [4, 6]
    assert not course.is_flagged(HW1, "ada")
    assert any("observation_1" in change for change in course.record(HW1, "ada")["changes"])


def test_a_line_of_aliases_that_is_not_two_ids_is_said(course):
    path = course.folder / "aliases.csv"
    path.write_text("adaa\n  ,ada\nadaa;ada\n", "utf-8")
    try:
        told = said(course)
    finally:
        path.unlink()
    assert "aliases.csv, line 1: it must be two ids" in told
    assert "line 2" in told
    assert "line 3" not in told


@needs_fence
def test_other_numbers_every_year_are_the_numbers_of_the_course_in_the_source(tmp_path):
    course = lay_out(tmp_path)
    path = course.folder / "source" / HW1 / f"{HW1}.ipynb"
    path.write_text(path.read_text("utf-8").replace('course=\\"ffnn\\"', "course='2027'"), "utf-8")
    course.nbgrader("generate_assignment", HW1)
    handed_in = paper(course.notebook("release", HW1), HW1, "ada", course="2027")
    course.hand_in("ada", HW1, handed_in)
    course.nbgrader("autograde", HW1)
    marks = course.marks(HW1, "ada")
    assert [marks[q] for q in ("observation_1", "observation_2", "observation_3")] == [7, 7, 4]


@pytest.mark.skipif(os.name != "posix", reason="users are told apart by rights there only")
def test_a_gradebook_that_all_may_read_is_noted():
    with tempfile.TemporaryDirectory(dir="/tmp") as name:  # pytest's own let nobody else pass
        Path(name).chmod(0o755)
        course = lay_out(name)
        course.nbgrader("generate_assignment", HW1)
        assert "can read the gradebook" in said(course)
        course.folder.chmod(0o700)
        assert "can read the gradebook" not in said(course)
