"""The student's code is run here, in a fenced kernel that is told nothing but the student's id.

Each points cell of code is run as a probe instead: it calls the student's function with
numbers, and writes what comes back to a file. What it should have been is not known in there.
"""

import asyncio
import json
import os
import re
import secrets
import shutil
import stat
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from nbclient.client import CellExecutionComplete
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute
from nbgrader.utils import is_grade
from traitlets import Any, Integer, Unicode, default

from ffnn_helpers.grading.code import CALLS, probe
from ffnn_helpers.grading.fence import WORK, Fence, FencedKernel
from ffnn_helpers.grading.intake import plain
from ffnn_helpers.homework import HOMEWORK
from ffnn_helpers.paper import GRADER

LARGEST_REPLY = 100_000  # bytes
# A link is not followed, and nothing is waited for: a pipe would never end. Windows knows neither.
NOT_FOLLOWED = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
MOST_OUTPUTS = 100
MOST_NUMBERS = 100  # of one result
LONGEST_ERROR = 300  # characters
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
SECRETS = ("TOKEN", "SECRET", "PASSWORD", "KEY", "CREDENTIAL")
NOT_GRADED = "The grader of the course did not come to this cell."
NOT_RUN = "Code was not run, so its points are missing in the score."
GRACE = 15  # seconds after the time of the whole notebook, when the fence itself ends a kernel
ENDED = {
    None: "The kernel ended in cell {}.",
    "memory": "Cell {} took too much memory; it was stopped.",
    "output": "Cell {} printed too much; it was stopped.",
    "time": "The time for the whole notebook was over in cell {}.",
}


class PromptClient(AsyncKernelClient):
    """Begins as soon as a kernel answers.

    The client of jupyter_client waits 0.2 s longer, until no message of the start is left. Here
    such a message belongs to no cell, and is passed over.
    """

    async def wait_for_ready(self, timeout=60):
        deadline = time.monotonic() + timeout
        while True:
            self.kernel_info()
            with suppress(Empty):
                await self.get_shell_msg(timeout=1)
                await self.get_iopub_msg(timeout=0.2)  # what a cell prints will arrive, too
                return
            if time.monotonic() > deadline or not await self._async_is_alive():
                raise RuntimeError("The kernel did not start.")


class FencedManager(AsyncKernelManager):
    """Starts a kernel inside the fence, whatever kernel a notebook or a setting names."""

    fenced = Any()

    def __init__(self, fenced, **settings):
        file = str(fenced.folder / "kernel.json")
        own = {"transport": "ipc", "ip": fenced.sockets, "connection_file": file}
        super().__init__(**settings, **own, kernel_name="python3", fenced=fenced)
        self.kernel_spec.interrupt_mode = "message"  # a signal would end bubblewrap instead

    def format_kernel_cmd(self, extra_arguments=None):
        connection = json.loads(Path(self.connection_file).read_text(encoding="utf-8"))
        return self.fenced.command(connection)

    async def shutdown_kernel(self, now=False, restart=False):
        if self.has_kernel:  # if it has ended, jupyter_client does not wait 0.1 s to look again
            self.fenced.end(None)
            self.provisioner.process.wait()
        await super().shutdown_kernel(now, restart)


class RunCode(Execute):
    """Runs a rebuilt submission: in place of nbgrader's Execute.

    It leaves every points cell with an error, so that the mark is 0 if nothing follows; what
    the probes found is in ``resources["ffnn"]``. A notebook that is no homework of this course
    is run as nbgrader runs it.
    """

    kernel_name = Unicode("python3").tag(config=True)
    total_timeout = Integer(120, help="Seconds for all cells of a notebook.").tag(config=True)
    most_output = Integer(1_000_000, help="Bytes of output of a notebook.").tag(config=True)

    @default("shutdown_kernel")
    def _shutdown_kernel_default(self):
        return "immediate"  # a kernel that was asked politely may take its time

    @default("record_timing")
    def _record_timing_default(self):
        return False  # the same submission gives the same file

    def preprocess(self, nb, resources, km=None):
        questions = HOMEWORK.get(resources["nbgrader"]["notebook"])
        self.is_ours = questions is not None
        self.by_hand = {question.name for question in questions or ()}
        self.found = resources["ffnn"] = {"replies": {}, "events": []}
        self.student = resources["nbgrader"]["student"]
        self.deadline = time.monotonic() + self.total_timeout
        self.output_bytes, self.is_over, self.killing = 0, False, None
        for cell in nb.cells:
            if is_grade(cell) and cell.cell_type == "code":
                cell.outputs = [not_graded()]
        fence = Fence(parent=self)
        self.found["code"] = fence.code
        if fence.code == "not run":
            return nb, resources
        if fence.code == "fenced":
            fence.require()
            return self._in_the_fence(nb, resources)
        return self._not_isolated(nb, resources, km)

    def _in_the_fence(self, nb, resources):
        self.fenced = FencedKernel(self.student, self.total_timeout + GRACE)
        try:
            return super().preprocess(nb, resources)
        finally:
            self.fenced.close()

    def _not_isolated(self, nb, resources, km):
        path = resources.get("metadata", {}).get("path")
        self.fenced, self.folder = None, Path(tempfile.mkdtemp(prefix="ffnn"))
        resources.setdefault("metadata", {})["path"] = str(self.folder)
        try:
            return super().preprocess(nb, resources, km)
        finally:
            resources["metadata"]["path"] = path
            with suppress(OSError, RecursionError):  # it is as the student's code left it
                shutil.rmtree(self.folder)

    def create_kernel_manager(self):
        if self.fenced:
            self.km = FencedManager(self.fenced, config=self.config)
        else:
            super().create_kernel_manager()
        self.km.client_factory = PromptClient
        return self.km

    def start_new_kernel_client(self):
        client = super().start_new_kernel_client()
        if self.fenced:
            self.fenced.shut_gate()
        return client

    def start_new_kernel(self, **kwargs):
        if self.fenced:
            streams = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
            own = {"env": {"PATH": os.defpath}, "cwd": "/"}
            own["pass_fds"] = [self.fenced.tells, self.fenced.lifeline]
            super().start_new_kernel(**streams, **own, **kwargs)
            self.fenced.watch(self.km.provisioner.process)
            return
        environment = {
            name: value
            for name, value in os.environ.items()
            if not any(word in name.upper() for word in SECRETS)
        }
        environment |= {GRADER: self.student, "MPLBACKEND": "agg", "OMP_NUM_THREADS": "1"}
        environment["NBGRADER_EXECUTION"] = "autograde"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        super().start_new_kernel(env=environment, **quiet, **kwargs)

    def preprocess_cell(self, cell, resources, index):
        name = question_of(cell)
        if not self.is_ours:
            return super().preprocess_cell(cell, resources, index)
        # Answers by hand are read, not run, and their points need no kernel.
        if cell.cell_type != "code" or self.is_over or name in self.by_hand:
            return cell, resources
        if not is_grade(cell):
            self._run(cell, index)
            return cell, resources
        if name not in CALLS:
            return cell, resources
        reply = f"{secrets.token_hex(8)}.json"
        there, here = (WORK, self.fenced.work) if self.fenced else (self.folder, self.folder)
        source, cell.source = cell.source, probe(name, self.student, f"{there}/{reply}")
        try:
            self._run(cell, index)
        finally:
            cell.source, cell.outputs = source, [not_graded()]
        self.found["replies"][name] = read_reply(here / reply)
        return cell, resources

    def _run(self, cell, index):
        """Run one cell; what goes wrong with the kernel costs this and the later cells only."""
        number = index + 1
        try:
            self.execute_cell(cell, index, store_history=True)
        except DeadKernelError:
            self._end(ENDED[self._why()].format(number))
        except (TimeoutError, CellTimeoutError, RuntimeError):
            self._end(f"Cell {number} did not stop when its time was over.")
        except Exception:  # what nbclient makes of a message that no kernel sends
            self._end(f"After cell {number} nobody understood the kernel any more.")
        cell.outputs = harmless(cell.outputs)
        if any(output.get("ename") == "CellTimeoutError" for output in cell.outputs):
            self.found["events"].append(f"Cell {number} was stopped after {self.timeout} seconds.")
        count = cell.get("execution_count")
        cell.execution_count = count if type(count) is int else None
        if not self.is_over and time.monotonic() > self.deadline:
            self._end(f"The time for the whole notebook was over in cell {number}.")

    def _why(self):
        """Say why the kernel ended: a key of `ENDED`."""
        if self.output_bytes > self.most_output:
            return "output"
        return self.fenced.why if self.fenced else None

    def _end(self, event):
        self.is_over = True
        self.found["events"].append(event)

    def _get_timeout(self, cell):
        left = max(1, int(self.deadline - time.monotonic()))
        return min(self.timeout or left, left)

    def process_message(self, msg, cell, cell_index):
        """Take in one message; student's code can send any, and as many as it likes."""
        try:
            if msg["msg_type"] != "execute_input":
                self.output_bytes += len(str(msg["content"]))
            if self.output_bytes > self.most_output:
                if self.fenced:
                    self.fenced.end("output")
                elif self.killing is None:
                    self.killing = asyncio.ensure_future(self.km.shutdown_kernel(now=True))
                return None
            if self.is_ours and msg["msg_type"].startswith("comm"):
                return None  # of a widget: its state would be alive on the grader's page
            return super().process_message(msg, cell, cell_index)
        except CellExecutionComplete:
            raise
        except Exception:
            self.log.warning("A message of the kernel made no sense; it was passed over.")
            return None


def not_graded(why=NOT_GRADED):
    """Make the output for which nbgrader gives 0."""
    return new_output("error", ename="NotGraded", evalue=why, traceback=[why])


def question_of(cell):
    """Return the question to which a cell belongs; an empty text for the student's own cells."""
    return cell.metadata.get("nbgrader", {}).get("grade_id", "").removesuffix("_points")


def read_reply(path):
    """Read what a probe wrote: a list of results, or None where there is nothing sound."""
    try:
        handle = os.open(path, os.O_RDONLY | NOT_FOLLOWED)
        with open(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return None
            content = file.read(LARGEST_REPLY + 1)
        reply = json.loads(content) if len(content) <= LARGEST_REPLY else None
    except (OSError, ValueError, RecursionError):
        return None
    return [_sound(result) for result in reply] if isinstance(reply, list) else None


def _sound(result):
    """Keep of a result what a probe writes: an error's text, or a shape and numbers."""
    if not isinstance(result, dict):
        return {}
    error, shape, values = (result.get(name) for name in ("error", "shape", "values"))
    if isinstance(error, str):
        return {"error": plain(error)[:LONGEST_ERROR]}
    if not isinstance(shape, list) or not isinstance(values, list) or len(values) > MOST_NUMBERS:
        return {}
    if not all(type(n) is int for n in shape) or not all(type(n) in (int, float) for n in values):
        return {}
    return {"shape": shape, "values": values}


def harmless(outputs):
    """Build outputs anew from what is text and PNG in them."""
    built = []
    for output in outputs[:MOST_OUTPUTS]:
        kind, data = output.get("output_type"), output.get("data")
        if kind == "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            built.append(new_output("stream", name=name, text=_text(output.get("text"))))
        elif kind == "error":
            shown = {name: _text(output.get(name)) for name in ("ename", "evalue")}
            built.append(new_output("error", traceback=[_text(output.get("traceback"))], **shown))
        elif kind in ("display_data", "execute_result") and isinstance(data, dict):
            shown = {"text/plain": _text(data.get("text/plain"))}
            if BASE64.fullmatch(png := _text(data.get("image/png"))) and png:
                shown["image/png"] = png
            built.append(new_output("display_data", data=shown))
    return built


def _text(value):
    """Return a text, or lines of text, as what can be stored and shown."""
    lines = value if isinstance(value, list) else [value]
    return plain("\n".join(line for line in lines if isinstance(line, str)), keep="\x1b")
