"""Every attack of the list is run for real, in submissions that are graded as a class is."""

import json
import os
import re
import shutil
import socket
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from ffnn_helpers.grading import fence, inside
from tests.grading.attacks import ATTACKS, WORKS, prepared, table
from tests.grading.course import HW1, ROOT, Course, lay_out, needs_fence, once, paper
from tests.grading.test_hostile import FULL, code_cell
from tests.grading.test_lifecycle import AS_THE_FORMGRADER

pytestmark = pytest.mark.xdist_group("grading-attacks")

TOKEN = "token-that-is-secret"
WHERE = "import os, socket\nprint('AT', socket.gethostname(), os.listdir('/'))"
LINES = ("c.RunCode.timeout = 15", "c.RunCode.total_timeout = 60")  # a busy machine is slow
FAMILIES = ["read", "escape", "persist", "leave", "find", "starve", "confuse"]  # in this order


@contextmanager
def targets(folder, course):
    """Put up what there is to attack: services, a key, a file, and a gradebook."""
    with ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        named = stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        temporary = Path(stack.enter_context(_file_in_tmp()))
        named.bind(str(folder / "service"))
        abstract.bind(f"\0ffnn-{os.getpid()}")
        for end in (named, abstract):
            end.listen()
        key = course.home / ".ssh" / "id_ed25519"
        key.parent.mkdir(parents=True, exist_ok=True)
        key.write_text("a key")
        yield {
            "course": str(course.folder),
            "home": str(course.home),
            "temporary": str(temporary),
            "socket": str(folder / "service"),
            "abstract": f"ffnn-{os.getpid()}",
            "port": tcp.getsockname()[1],
            "grader": os.getpid(),
            "token": TOKEN,
        }
        called = [end.getsockname() for end in (tcp, named, abstract) if _was_called(end)]
        (folder / "called.txt").write_text("\n".join(map(str, called)), encoding="utf-8")


def _was_called(end):
    end.setblocking(False)
    try:
        end.accept()[0].close()
    except BlockingIOError:
        return False
    return True


@contextmanager
def _file_in_tmp():
    path = Path("/tmp", f"ffnn-target-{os.getpid()}")
    path.write_text("something")
    try:
        yield path
    finally:
        path.unlink()


def hand_in(course, released, student, attacks, here):
    """Hand in a perfect paper with the attacks behind it; the first cell says where it is run."""
    notebook = paper(released, HW1, student)
    cells = [prepared(here | {"student": student}), WHERE]
    cells += [one.cell for one in attacks]
    notebook["cells"] += [code_cell(cell) | {"id": f"x{n}"} for n, cell in enumerate(cells)]
    course.hand_in(student, HW1, notebook)


def students(slow):
    """Name who attacks, and with what: a student a family, and one for each that ends a kernel."""
    seats = {f"{n}-{family}": [one for one in ATTACKS if one.family == family]
             for n, family in enumerate(FAMILIES)} if not slow else {}  # fmt: skip
    return seats | {one.name: [one] for one in ATTACKS if one.note and one.slow == slow}


def grade(folder, slow, lines=(), seats=None):
    course = lay_out(folder, *LINES, *lines)
    course.nbgrader("generate_assignment", HW1)
    released = course.notebook("release", HW1)
    temporary = folder / "tmp"
    temporary.mkdir()
    with targets(folder, course) as here:
        for student, attacks in (seats or students(slow)).items():
            hand_in(course, released, student, attacks, here)
        environment = {"JUPYTERHUB_API_TOKEN": TOKEN, "TMPDIR": str(temporary)}
        measured = [sys.executable, "-c", MEASURE, json.dumps([HW1])]
        said = course.python(*measured[1:], **environment)
    (folder / "autograde.log").write_text(said.stdout + said.stderr, encoding="utf-8")
    (folder / "left.txt").write_text("\n".join(map(str, temporary.iterdir())), encoding="utf-8")


# The grader's own memory is what a flood would fill.
MEASURE = """
import json, resource, sys
from jupyter_core.application import NoStart
from nbgrader.apps import NbGraderApp

app = NbGraderApp()
app.initialize(["autograde", *json.loads(sys.argv[1])])
try:
    app.start()
except NoStart:
    pass
finally:
    print("LARGEST", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory, fence):
    folder = once(tmp_path_factory, "attacks", lambda folder: grade(folder, slow=False))
    return Course(folder / "course")


@pytest.fixture(scope="module")
def graded_slowly(tmp_path_factory, fence):
    folder = once(tmp_path_factory, "attacks-slow", lambda folder: grade(folder, slow=True))
    return Course(folder / "course")


def said(course, student):
    """Return all that the code of a student printed, as it is kept."""
    texts = []
    for cell in course.notebook("autograded", HW1, student)["cells"]:
        for output in cell.get("outputs", []):
            texts += [*output.get("text", []), *output.get("traceback", [])]
    return "".join(texts)


def seat_of(attack):
    seats = students(slow=False) | students(slow=True)
    return next(student for student, attacks in seats.items() if attack in attacks)


def some(**wanted):
    chosen = [one for one in ATTACKS if all(getattr(one, k) == v for k, v in wanted.items())]
    return pytest.mark.parametrize("attack", chosen, ids=lambda one: f"{one.family}-{one.name}")


@some(note=None)
def test_attack_is_held(graded, attack):
    found = re.search(rf"^{attack.name}: (.*)$", said(graded, seat_of(attack)), re.MULTILINE)
    assert found, "it was not run"
    assert found[1].startswith("held"), found[1]


@pytest.mark.parametrize("student", [s for s in students(slow=False) if s[0].isdigit()])
def test_attacker_keeps_the_marks_that_were_earned(graded, student):
    assert graded.marks(HW1, student) == FULL
    assert graded.record(HW1, student)["notes"] == []


def assert_ended(course, attack):
    notes = " ".join(course.record(HW1, attack.name)["notes"])
    assert attack.note in notes
    assert course.is_flagged(HW1, attack.name)
    assert course.marks(HW1, attack.name) == FULL, "what was done before stays"
    assert len(said(course, attack.name)) < 2_000_000


@some(family="end", slow=False)
def test_kernel_that_has_to_be_ended_costs_what_comes_after_it(graded, attack):
    assert_ended(graded, attack)


@pytest.mark.slow
@some(family="end", slow=True)
def test_kernel_much_like_another_is_ended_too(graded_slowly, attack):
    assert_ended(graded_slowly, attack)


def largest(course):
    log = (course.folder.parent / "autograde.log").read_text(encoding="utf-8")
    return int(re.search(r"LARGEST (\d+)", log)[1])


def test_grader_does_not_grow_by_what_students_print(graded):
    assert largest(graded) < 400 * 10**6


@pytest.mark.slow
def test_grader_does_not_grow_by_what_others_show(graded_slowly):
    assert largest(graded_slowly) < 400 * 10**6


def test_no_service_of_the_machine_was_called(graded):
    """Neither by a student's code, nor by the grader, who would follow a link in the fence."""
    assert (graded.folder.parent / "called.txt").read_text(encoding="utf-8") == ""


def test_nothing_is_left_on_the_machine(graded):
    assert (graded.folder.parent / "left.txt").read_text() == ""
    assert not [p for p in Path("/proc").glob("[0-9]*/cmdline") if b"LEFT-BEHIND" in _read(p)]
    assert (graded.home / ".ssh" / "id_ed25519").read_text() == "a key"
    assert not list(graded.home.glob(".bashrc"))


def _read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


# In force by every way into nbgrader

ELSEWHERE = [
    "c.RunCode.kernel_name = 'python3'",
    "c.NotebookClient.kernel_name = 'nowhere'",
    "c.KernelManager.transport = 'tcp'",
    "c.KernelManager.ip = '0.0.0.0'",
    "c.Execute.kernel_name = 'nowhere'",
    "c.ExecutePreprocessor.kernel_manager_class = 'jupyter_client.manager.AsyncKernelManager'",
    "c.MappingKernelManager.default_kernel_name = 'nowhere'",
    "c.KernelProvisionerFactory.default_provisioner_name = 'local-provisioner'",
]


def is_fenced(course, student):
    return re.findall(r"AT (\S+)", said(course, student)) == ["fence"]


@needs_fence
def test_fence_is_in_force_by_the_command_and_the_formgrader_whatever_is_set(tmp_path):
    grade(tmp_path, slow=False, lines=ELSEWHERE, seats={"ada": [], "ben": []})
    course = Course(tmp_path / "course")
    assert is_fenced(course, "ada")
    shutil.rmtree(course.folder / "autograded")
    run = course.python("-c", AS_THE_FORMGRADER, course.folder, HW1, "ada", "ben", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert is_fenced(course, "ada")
    assert is_fenced(course, "ben")


# Where there is no fence

NO_BWRAP = {"PATH": str(Path(sys.executable).parent)}  # alembic is there, and bwrap is not


@pytest.fixture
def unfenced(tmp_path):
    course = lay_out(tmp_path, *LINES)
    course.nbgrader("generate_assignment", HW1)
    hand_in(course, course.notebook("release", HW1), "ada", [], {})
    return course


def with_code(course, setting):
    path = course.folder / "nbgrader_config.py"
    path.write_text(f"{path.read_text('utf-8')}\nc.Fence.code = {setting!r}\n", "utf-8")


@pytest.mark.skipif((Path(sys.executable).parent / "bwrap").exists(), reason="bwrap is with Python")
def test_without_a_fence_nothing_is_graded_and_one_sentence_says_why(unfenced, tmp_path):
    earlier = unfenced.folder / "autograded" / "ada" / HW1
    earlier.mkdir(parents=True)
    (earlier / "kept.txt").touch()
    told = unfenced.nbgrader("autograde", HW1, "--force", succeeds=False, **NO_BWRAP)
    assert told.count("Nothing was graded.") == 1
    assert "Traceback" not in told
    for way in ("apt-get install bubblewrap", '"not run"', '"NOT ISOLATED"', "container"):
        assert way in told
    assert (earlier / "kept.txt").exists()
    outside = tmp_path / "outside"
    outside.mkdir()
    run = unfenced.python(
        "-c", AS_THE_FORMGRADER, unfenced.folder, HW1, "ada", cwd=outside, **NO_BWRAP
    )
    assert run.returncode != 0
    assert "Nothing was graded." in run.stderr
    assert (earlier / "kept.txt").exists()
    with unfenced.gradebook() as gradebook:
        assert gradebook.students == []


def test_code_that_is_not_run_waits_and_answers_by_hand_are_marked(unfenced):
    with_code(unfenced, "not run")
    unfenced.nbgrader("autograde", HW1, **NO_BWRAP)
    assert unfenced.marks(HW1, "ada") == FULL | {"sigmoid": 0, "forward": 0}
    waits = {name for name, is_so in unfenced.has_manual_work(HW1, "ada").items() if is_so}
    assert waits == {"sigmoid", "forward", "words"}
    assert "AT" not in said(unfenced, "ada")
    unfenced.nbgrader("generate_feedback", HW1)
    assert "Code was not run" in unfenced.feedback(HW1, "ada")
    report = unfenced.python("-m", "ffnn_helpers.grading", "report", HW1).stdout
    assert "NOT RUN: the code of 1 submissions" in report


@needs_fence
def test_code_that_waited_gets_its_marks_when_it_is_run(unfenced):
    with_code(unfenced, "not run")
    unfenced.nbgrader("autograde", HW1)
    with_code(unfenced, "fenced")
    unfenced.nbgrader("autograde", HW1, "--force")
    assert unfenced.marks(HW1, "ada") == FULL
    waits = unfenced.has_manual_work(HW1, "ada")
    assert not waits["sigmoid"]
    assert not waits["forward"]
    assert unfenced.record(HW1, "ada")["notes"] == []


def test_not_isolated_is_said_in_log_record_feedback_and_report(unfenced):
    with_code(unfenced, "NOT ISOLATED")
    log = unfenced.nbgrader("autograde", HW1, **NO_BWRAP)
    assert unfenced.marks(HW1, "ada") == FULL
    assert not is_fenced(unfenced, "ada")
    unfenced.nbgrader("generate_feedback", HW1)
    report = unfenced.python("-m", "ffnn_helpers.grading", "report", HW1).stdout
    notes = " ".join(unfenced.record(HW1, "ada")["notes"])
    for told in (log, notes, unfenced.feedback(HW1, "ada"), report):
        assert "NOT ISOLATED" in told


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="what is attacked is Linux")
def test_the_same_attacks_work_without_the_fence(tmp_path):
    """Who reads is not held by chance: with the grader's rights, each of these works."""
    elsewhere = {"search-everywhere", "token"}  # takes minutes, and is taken out of the environment
    harmless = [
        one
        for one in ATTACKS
        if one.family == "read" and one.plain == WORKS and one.name not in elsewhere
    ]
    grade(tmp_path, slow=False, lines=["c.Fence.code = 'NOT ISOLATED'"], seats={"ada": harmless})
    told = said(Course(tmp_path / "course"), "ada")
    held = re.findall(r"^(\S+): held", told, re.MULTILINE)
    assert "gradebook: BROKE THROUGH" in told
    machine = {"keys", "mounts", "logs", "passwords", "devices"}  # not every machine has them
    assert set(held) <= machine, told


# The filter of calls, and what is written of all this


@pytest.mark.parametrize(
    ("machine", "header"),
    [
        ("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
        ("aarch64", "/usr/include/asm-generic/unistd.h"),
    ],
)
def test_numbers_of_calls_are_those_of_the_system(machine, header):
    if not Path(header).exists():
        pytest.skip("the headers of the system are not here")
    defined = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", Path(header).read_text()))
    column, _ = inside.MACHINES[machine]
    others = {"clone": inside.CLONE, "clone3": inside.CLONE3}
    others |= dict(zip(("socket", "socketpair"), inside.SOCKETS))
    for name, numbers in (inside.REFUSED | others).items():
        assert defined.get(name, str(numbers[column])) == str(numbers[column]), name


@pytest.mark.parametrize("machine", inside.MACHINES)
def test_filter_never_jumps_past_its_end(machine):
    lines = inside.call_filter(machine)
    for place, (operation, yes, no, _) in enumerate(lines):
        if operation in (inside.EQUAL, inside.AT_LEAST, inside.ANY_BIT):
            assert place + 1 + max(yes, no) < len(lines)
    assert lines[-1] == (inside.RETURN, 0, 0, inside.ALLOW)


def test_threat_model_shows_every_attack():
    text = (ROOT / "docs" / "threat_model.md").read_text(encoding="utf-8")
    assert table() in text


def test_there_are_attacks_enough_and_each_has_a_name():
    assert len({one.name for one in ATTACKS}) == len(ATTACKS) >= 60


def test_command_shows_nothing_of_the_machine_but_what_is_listed():
    words = fence.command(["-c", "pass"])
    shown = {words[n + 1] for n, word in enumerate(words) if word in ("--ro-bind", "--bind")}
    python = {
        sys.prefix,
        sys.base_prefix,
        os.path.realpath(sys.prefix),
        os.path.realpath(sys.base_prefix),
    }
    assert shown <= {*fence.SYSTEM, *python, str(ROOT / "ffnn_helpers"), "/dev/null"}
    assert "--bind" not in words
    assert words[words.index("--clearenv") - 1] == "fence"
