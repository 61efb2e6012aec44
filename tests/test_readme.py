"""README shows what is true: its picture, its Python, its commands, the minutes of the notebooks."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from ffnn_helpers import handout, picture
from ffnn_helpers.homework import HOMEWORK
from ffnn_helpers.notation import number
from tests.grading.course import Course, paper, true_values

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_picture_is_the_one_that_the_code_draws():
    drawn = picture(handout.trace, k=1, path="dC/db^2_1").svg
    assert (ROOT / "docs" / "network.svg").read_text(encoding="utf-8") == drawn


def test_every_picture_is_there_and_has_words():
    for words, path in re.findall(r"!\[([^\]]+)\]\((docs/[^)]+)\)", README):
        assert (ROOT / path).stat().st_size > 1000
        assert len(words) > 100


def test_the_python_runs_and_shows_what_its_comments_say():
    (block,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    names = {}
    for line in block.splitlines():
        code, _, comment = line.partition("  # ")
        if "import" in code or " = " in code:
            exec(code, names)
        elif "z₁¹" in comment:
            assert repr(eval(code, names)) == comment.strip()
        elif code.strip():
            eval(code, names)


def test_the_minutes_are_those_on_the_cards():
    for name, minutes in re.findall(r"\]\((notebooks/[^)]+)\) \| (\d+) \|", README):
        card = (ROOT / name).read_text(encoding="utf-8").partition("**Time**")[2]
        assert re.search(r"(\d+) minutes", card)[1] == minutes, name


def commands_for_instructors():
    """Return the lines from an empty folder to graded feedback, as README gives them."""
    (block,) = re.findall(r"(?m)(?:^    .*\n)*^    git clone .*\n(?:^    .*\n)*", README)
    return [line.strip() for line in block.splitlines()]


def test_an_instructor_needs_at_most_eight_commands():
    assert len([line for line in commands_for_instructors() if not line.startswith("#")]) <= 8


@pytest.mark.slow
def test_the_commands_lead_from_an_empty_folder_to_graded_feedback(tmp_path):
    lines = commands_for_instructors()
    assert lines[0] == "git clone https://github.com/OWNER/REPOSITORY course"
    handing_out = next(n for n, line in enumerate(lines) if line.startswith("# Hand out"))
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL", "PYTEST_ADDOPTS")
    }

    def run(commands):
        script = "\n".join(["set -e", *commands])
        subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environment, check=True)

    run([f"git clone --quiet '{ROOT}' course", *lines[1:handing_out]])
    name = "hw1_forward_pass"
    assignments = tmp_path / "course" / "assignments"
    course = Course(assignments)
    course.hand_in("ada", name, paper(course.notebook("release", name), name, "ada"))
    run(["cd course", "source .venv/bin/activate", "cd assignments", *lines[handing_out + 1 :]])
    feedback = (assignments / "feedback" / "ada" / name / f"{name}.html").read_text("utf-8")
    for question in HOMEWORK[name]:
        assert f"{len(question.asked)} of {len(question.asked)} points" in feedback


def test_the_python_for_instructors_writes_a_sheet_and_its_key(tmp_path, monkeypatch):
    (block,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs" / "instructors.md").read_text("utf-8"), re.DOTALL
    )
    monkeypatch.chdir(tmp_path)
    exec(block, {})
    sheet_of, key = ((tmp_path / name).read_text("utf-8") for name in ("ada.html", "ada_key.html"))
    answer = number(true_values("hw1_forward_pass", "ada")["C", 1])
    assert answer in key
    assert answer not in sheet_of
