"""The fence: what a kernel with a student's code may see and use, and what comes out of it.

bubblewrap makes a room of name spaces in which there is no network, no other process, and no
file but a read-only system, Python, this package, and three folders in memory. What the kernel
sends passes a gate that counts it; a watch looks after memory and time, and ends the kernel.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

from nbgrader.converters.base import NbGraderException
from traitlets import Enum
from traitlets.config import LoggingConfigurable

import ffnn_helpers
from ffnn_helpers.grading.inside import MEMORY

ROOM = "/fence"  # all of these are paths inside
WORK = f"{ROOM}/work"
PACKAGES = f"{ROOM}/packages"
CONNECTION = f"{ROOM}/kernel.json"
SOCKETS = "/tmp/kernel"

SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"]
NEEDED = ["/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts", "/etc/localtime"]
# Within what is shown, these are not: they may hold passwords, and settings of a server.
HIDDEN = [
    "etc/jupyter",
    "etc/ipython",
    "etc/pip.conf",
    "pip.conf",
    ".condarc",
    "conda-meta/history",
]
IN_MEMORY = {WORK: 64 * 2**20, "/tmp": 64 * 2**20, "/dev/shm": 64 * 2**20}  # bytes of files
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": WORK,
    "USER": "student",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONPATH": PACKAGES,
    "PYTHONDONTWRITEBYTECODE": "1",
    "MPLBACKEND": "agg",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",  # each takes addresses, which are limited
}
LARGEST_STREAM = 10_000_000  # bytes that come out of one kernel, all messages together
TICK = 0.05  # seconds between two looks at memory and time
CHANNELS = 6  # shell, iopub, stdin, heartbeat, and control twice: of the client and of the manager
TAKEN = b"Pss_Anon:", b"Pss_Shmem:", b"SwapPss:"
LONGEST_START = 60  # seconds
LONGEST_SOCKET = 100  # characters; the system takes no more than 107
FIRST_USER, USERS = 2_100_000_000, 40_000_000  # ids of nobody, where the grader is root

NOT_ISOLATED = "NOT ISOLATED"
WAYS_OUT = (
    "Install bubblewrap 0.8 or newer (apt-get install bubblewrap) on Linux 5.14 or newer; or grade in"
    " a virtual machine where it runs; or mark only what was worked by hand, with"
    ' c.Fence.code = "not run"; or, in a container that is thrown away and holds nothing but the'
    ' course, set c.Fence.code = "NOT ISOLATED", which log, report and feedback will repeat.'
)


def command(program, student="", seconds=60, user=None, files=None, hidden=(), lifeline=""):
    """Write the command that runs Python inside the fence.

    Parameters
    ----------
    program : list of str
        ``["-m", module, ...]`` or ``["-c", code]``.
    student : str
        An id; no secret.
    seconds : int
        Of a processor, for each process.
    user : int, optional
        Whose rights the code has where the grader is root.
    files : dict, optional
        Path inside to path outside, to be read there.
    hidden : iterable of path
        Folders that must not be seen, even within what is shown.
    lifeline : int, optional
        A pipe to whoever begins this: the program does not run if they are gone.
    """
    environment = {**ENVIRONMENT, "FFNN_STUDENT": student}
    shown = _python()
    own = Path(ffnn_helpers.__file__).resolve().parent
    return [
        shutil.which("bwrap") or "bwrap",
        *_name_spaces(),
        *("--die-with-parent", "--new-session", "--hostname", "fence", "--clearenv"),
        *(word for pair in environment.items() for word in ("--setenv", *pair)),
        *_system(),
        *("--proc", "/proc", "--dev", "/dev"),
        *(word for path, size in IN_MEMORY.items() for word in _folder_in_memory(path, size)),
        *(word for path in shown for word in _shown(path, path)),
        *_hide(["/usr", "/usr/local", *shown], hidden),
        *_shown(own, f"{PACKAGES}/ffnn_helpers"),
        *(word for there, here in (files or {}).items() for word in _shown(here, there)),
        *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", WORK),
        *(sys.executable, "-P", f"{PACKAGES}/ffnn_helpers/grading/inside.py"),
        *(str(lifeline), str(user or 0), str(seconds), *program),
    ]


def _name_spaces():
    """Leave every name space; as root give up being root instead of the one for users."""
    if os.getuid() == 0:
        own = ["ipc", "pid", "net", "uts", "cgroup-try"]
        rights = ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
        return [*(f"--unshare-{one}" for one in own), *rights]
    return ["--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000"]


def _system():
    for path in map(Path, SYSTEM):
        if path.is_symlink():
            yield from ("--symlink", os.readlink(path), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))
    for path in NEEDED:
        yield from ("--ro-bind-try", path, path)


def _python():
    """Name the folders of the Python that grades, and of its packages."""
    found = {sys.prefix, sys.base_prefix, sys.exec_prefix}
    found |= {os.path.realpath(path) for path in found}
    return sorted(path for path in found if path != "/" and not _is_within(path, "/usr"))


def _shown(here, there):
    """Show a file or folder; the folders above it hold nothing else, and everybody may pass them."""
    for above in reversed(Path(there).parents[:-1]):
        yield from ("--perms", "0755", "--dir", str(above))
    yield from ("--ro-bind", str(here), str(there))


def _is_within(path, folder):
    return Path(folder) in [Path(path), *Path(path).parents]


def _hide(shown, hidden):
    """Cover what lies within the folders that are shown and is nobody's business."""
    covered = [Path(folder, name) for folder in shown for name in HIDDEN]
    covered += [Path(p) for p in hidden if any(_is_within(p, folder) for folder in shown)]
    for path in covered:
        if path.is_dir():
            yield from ("--tmpfs", str(path), "--remount-ro", str(path))
        elif path.exists():
            yield from ("--ro-bind", "/dev/null", str(path))


def _folder_in_memory(path, size):
    return "--perms", "1777", "--size", str(size), "--tmpfs", path


def new_user():
    """Return the id of a user who owns nothing and runs nothing."""
    return FIRST_USER + secrets.randbelow(USERS)


# What the fence holds, as a piece of Python that is run in it: a dict of claims, and whether so.
TRY = """
import ctypes, importlib.util, json, os, resource, sys

def refuses_files(folder):
    try:
        open(os.path.join(folder, "x"), "w")
    except OSError:
        return True
    return False

status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps({{
    "no network": all(line.split(":")[0].strip() == "lo" for line in list(open("/proc/net/dev"))[2:]),
    "no other process": sorted(filter(str.isdigit, os.listdir("/proc"))) in (["1", "2"], ["1", "2", "3"]),
    "no file of the course": not any(map(os.path.exists, {hidden!r})),
    "no rights": int(status["CapEff"], 16) == 0 and int(status["NoNewPrivs"]) == 1 and os.getuid() != 0,
    "no calls but the usual": int(status["Seccomp"]) == 2 and ctypes.CDLL(None).unshare(0x10000000) == -1,
    "a read-only system": all(map(refuses_files, ["/", "/usr", "/dev", {room!r}, sys.prefix])),
    "a folder to work in": os.path.samefile(os.getcwd(), {work!r}) and not open("x", "w").close(),
    "the course's package": None not in map(importlib.util.find_spec, ["ffnn_helpers", "ipykernel"]),
    "a limit on memory": resource.getrlimit(resource.RLIMIT_AS)[1] == {memory},
    "a cleared environment": set(os.environ) <= set({names!r}),
}}))
"""


@cache
def tried(course="."):
    """Try the fence, once: return what it holds, or a sentence that says why there is none.

    Returns
    -------
    dict of str to bool, or str
    """
    if not sys.platform.startswith("linux"):
        return "A student's code can be fenced in on Linux only."
    if shutil.which("bwrap") is None:
        return "There is no program `bwrap` here, of bubblewrap."
    hidden = [str(path) for folder in hidden_folders(course) for path in _private(folder)]
    names = [*ENVIRONMENT, "FFNN_STUDENT", "PWD", "LC_CTYPE"]
    code = TRY.format(room=ROOM, hidden=hidden, work=WORK, memory=MEMORY, names=names)
    try:
        run = subprocess.run(
            command(["-c", code], user=new_user(), hidden=hidden_folders(course)),
            env={"PATH": os.defpath},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return json.loads(run.stdout)
    except ValueError:
        lines = run.stderr.decode("utf-8", "replace").strip().splitlines()
        return f"bubblewrap cannot make a fence here: {lines[-1] if lines else run.returncode}."
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap cannot make a fence here: {error}."


def hidden_folders(course="."):
    """Name the folders that a student's code must not see: the course's and the grader's home."""
    return [Path(course).resolve(), Path.home()]


def _private(folder):
    """Name what lies in a folder, and is not on the way to Python."""
    with suppress(OSError):
        for path in Path(folder).iterdir():
            if not any(_is_within(shown, path) for shown in _python()):
                yield path


def fault(course="."):
    """Say in one sentence why code cannot be fenced in here; None if it can."""
    found = tried(str(Path(course).resolve()))
    if isinstance(found, str):
        return found
    missing = [claim for claim, is_so in found.items() if not is_so]
    return f"The fence does not hold: {', '.join(missing)}." if missing else None


class Fence(LoggingConfigurable):
    """The setting that says how the code of students is run."""

    code = Enum(
        ["fenced", "not run", NOT_ISOLATED],
        default_value="fenced",
        help="How the code of students is run: inside the fence, not at all, or with your rights.",
    ).tag(config=True)

    def require(self, course="."):
        """Stop a grading before it begins, where code should be fenced in and cannot be.

        Raises
        ------
        NbGraderException
            It ends nbgrader with one sentence; no submission has been touched.
        """
        why = fault(course) if self.code == "fenced" else None
        if why:
            self.log.error("%s Nothing was graded. %s", why, WAYS_OUT)
            raise NbGraderException(f"{why} Nothing was graded. {WAYS_OUT}")
        if self.code == NOT_ISOLATED:
            self.log.warning("%s: the code of students runs with your rights.", NOT_ISOLATED)


class FencedKernel:
    """One kernel inside the fence: its command, its gate and its watch.

    Attributes
    ----------
    why : str or None
        Why the watch ended it: "memory", "output" or "time".
    """

    def __init__(self, student, seconds):
        self.student, self.seconds, self.user = student, seconds, new_user()
        self.why, self.process, self.is_over = None, None, threading.Event()
        self.folder = Path(tempfile.mkdtemp(prefix="ffnn"))
        if len(str(self.folder)) > LONGEST_SOCKET - len("/k-1"):
            self.folder.rmdir()
            self.folder = Path(tempfile.mkdtemp(prefix="ffnn", dir="/tmp"))
        self.sockets = str(self.folder / "k")  # outside, where the gate stands
        self.came, self.tmp, self.work = 0, None, None
        self._descriptors, self._gates, self._opened = [], [], []
        self._told, self.tells = os.pipe()
        self.lifeline, self._held = os.pipe()

    def command(self, connection):
        """Write the command for a kernel that listens inside as somebody connects outside."""
        inner = self.folder / "inner.json"
        inner.write_text(json.dumps(connection | {"ip": SOCKETS}), encoding="utf-8")
        if os.getuid() == 0:
            os.chown(inner, self.user, self.user)
        for name, place in connection.items():
            if name.endswith("_port"):
                self._open_gate(place)
        program = ["-m", "ipykernel_launcher", "-f", CONNECTION]
        program += ["--HistoryManager.enabled=False"]
        words = command(
            program,
            self.student,
            self.seconds,
            self.user,
            {CONNECTION: inner},
            hidden_folders(),
            self.lifeline,
        )
        return [words[0], "--info-fd", str(self.tells), *words[1:]]

    def watch(self, process):
        """Begin to watch: when the process of bubblewrap has been started."""
        self.process = process
        os.close(self.tells)
        os.close(self.lifeline)
        with open(self._told, "rb") as told:
            place = Path("/proc", str(json.loads(told.read() or b"{}").get("child-pid")), "root")
        self._told = self.tells = self.lifeline = None
        # Until the room is ready, this root is the machine's own.
        deadline = time.monotonic() + LONGEST_START
        while not (place / CONNECTION[1:]).exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("The fence could not be made.")
            time.sleep(0.002)
        for inside in ("tmp", WORK[1:], "dev/shm", "proc"):
            self._descriptors.append(os.open(place / inside, os.O_RDONLY | os.O_DIRECTORY))
        self.tmp, self.work, *_ = (Path(f"/proc/self/fd/{one}") for one in self._descriptors)
        threading.Thread(target=self._watch, daemon=True).start()

    def end(self, why):
        """Kill all that is inside."""
        self.why = self.why or why
        with suppress(OSError):
            self.process.kill()

    def close(self):
        """End the kernel and the watch, and take their folder away."""
        self.is_over.set()
        self.shut_gate()
        if self.process is not None:
            self.end(None)
        for end in self._opened:
            with suppress(OSError):  # it may have been closed from the other side
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        for one in [*self._descriptors, self._told, self.tells, self.lifeline, self._held]:
            if one is not None:
                os.close(one)
        self._descriptors = []
        self._told = self.tells = self.lifeline = self._held = None
        shutil.rmtree(self.folder, ignore_errors=True)

    # The gate

    def _open_gate(self, place):
        gate = socket.socket(socket.AF_UNIX)
        gate.bind(f"{self.sockets}-{place}")
        gate.listen()
        self._gates.append(gate)
        threading.Thread(target=self._let_through, args=(gate, place), daemon=True).start()

    def shut_gate(self):
        """Let nobody new through, once all channels are connected; these stay so.

        Later, a socket inside may be a link that the student made, to a service of the machine.
        """
        deadline = time.monotonic() + 1
        while self.process and not self.is_over.is_set() and len(self._opened) < 2 * CHANNELS:
            if self.process.poll() is not None or time.monotonic() > deadline:
                break
            time.sleep(0.002)
        for gate in self._gates:
            with suppress(OSError):
                gate.shutdown(socket.SHUT_RDWR)
            gate.close()
        self._gates = []

    def _let_through(self, gate, place):
        with suppress(OSError):
            while True:
                outside, _ = gate.accept()
                inside = self._inside(place)
                if inside is None:
                    return
                self._opened += [outside, inside]
                for one, other, counts in ((outside, inside, False), (inside, outside, True)):
                    copying = (one, other, counts)
                    threading.Thread(target=self._copy, args=copying, daemon=True).start()

    def _inside(self, place):
        """Connect to a socket of the kernel, as soon as it is there."""
        while not self.is_over.wait(0.005):
            if self.tmp is None:
                continue
            inside = socket.socket(socket.AF_UNIX)
            try:
                inside.connect(f"{self.tmp}/{Path(SOCKETS).name}-{place}")
                return inside
            except OSError:
                inside.close()
        return None

    def _copy(self, one, other, counts):
        with suppress(OSError):
            while data := one.recv(65536):
                if counts:
                    self.came += len(data)
                    if self.came > LARGEST_STREAM:
                        self.end("output")
                        break
                other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    # The watch

    def _watch(self):
        deadline = time.monotonic() + self.seconds
        while not self.is_over.wait(TICK) and self.process.poll() is None:
            if self.memory() > MEMORY:
                self.end("memory")
            if time.monotonic() > deadline:
                self.end("time")

    def memory(self):
        """Return the bytes that all processes inside, and their files in memory, take now."""
        *folders, processes = self._descriptors
        used = 0
        for folder in folders:
            files = os.fstatvfs(folder)
            used += (files.f_blocks - files.f_bfree) * files.f_frsize
        for name in os.listdir(processes):
            if name.isdigit():
                used += _memory_of(name, processes)
        return used


def _memory_of(name, processes):
    """Read what one process takes, and its part of what it shares with others."""
    with suppress(OSError):  # it may have ended
        rollup = os.open(f"{name}/smaps_rollup", os.O_RDONLY, dir_fd=processes)
        with open(rollup, "rb") as lines:
            return sum(1024 * int(line.split()[1]) for line in lines if line.startswith(TAKEN))
    return 0
