"""The attacks: what a student's code tries, as data. Each is run for real, inside the fence.

An attack is a function, whose text is put into a cell of its own. It succeeds if what it returns
is true; an error, or nothing, means that the fence held. `HERE` names what there is to attack.
None does harm where the fence is broken: what could be changed is opened, and not changed.
"""
# ruff: noqa: F841, RET503, SIM105, SIM115

import ctypes
import glob
import inspect
import mmap
import os
import pathlib
import platform
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from IPython import get_ipython
from IPython.display import display

from ffnn_helpers.grading.inside import REFUSED

HERE = {}  # filled in for each student
WORKS, WRECKS = "it works", "the machine suffers"
FOR_ROOT = "it works for root"
GROWS = "the grader's memory grows without end"
ATTACKS = []


@dataclass(frozen=True)
class Attack:
    """One row.

    Attributes
    ----------
    family, name : str
        Attacks of a family share a kernel; of those that end it, each has its own.
    tries : str
        For the table: what it tries.
    plain : str
        For the table: what happens where the code runs with the grader's rights.
    source : str
        The text of the function.
    note : str or None
        What the record must say of a kernel that ended; None where it goes on.
    slow : bool
    """

    family: str
    name: str
    tries: str
    plain: str
    source: str
    note: str | None = None
    slow: bool = False

    @property
    def cell(self):
        called = self.source.partition("(")[0].removeprefix("def ")
        return (
            f"{self.source}\n\n"
            "try:\n"
            f"    got = {called}()\n"
            "    said = 'BROKE THROUGH' if got else 'held'\n"
            "except BaseException as error:\n"
            "    got, said = type(error).__name__, 'held'\n"
            f"print('{self.name}:', said, repr(got)[:300])"
        )

    @property
    def here(self):
        return "the fence holds" if self.note is None else f"“{self.note}”; earlier marks stay"


def attack(family, tries, plain, **more):
    def row(function):
        _, _, source = inspect.getsource(function).partition("\ndef ")
        name = function.__name__.replace("_", "-")
        ATTACKS.append(Attack(family, name, tries, plain, f"def {source}", **more))
        return function

    return row


libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def call(name, *arguments):
    """Call the system by a number."""
    number = REFUSED[name][platform.machine() == "aarch64"]
    result = libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return True


def read(path):
    with open(path, "rb") as file:
        return file.read(1000)


def write(path, text="x"):
    with open(path, "w") as file:
        return file.write(text)


def could_change(path):
    """Try to open a file for writing, or to make one; leave no trace where it works."""
    is_new = not os.path.exists(path)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT))
    if is_new:
        os.remove(path)
    return True


def prepared(here):
    """Write the cell that all attacks need: what is imported above, and where things are."""
    modules = "ctypes, glob, mmap, os, pathlib, platform, signal, socket, stat, subprocess, sys"
    return "\n".join(
        [
            f"import {modules}, threading, time",
            f"HERE, REFUSED = {here!r}, {REFUSED!r}",
            "libc = ctypes.CDLL(None, use_errno=True)",
            *map(inspect.getsource, (call, read, write, could_change)),
        ]
    )


# Read: what is nobody's business


@attack("read", "read the gradebook by its path", WORKS)
def gradebook():
    return read(HERE["course"] + "/gradebook.db")


@attack("read", "read the solutions in source/", WORKS)
def solutions():
    return list(pathlib.Path(HERE["course"], "source").rglob("*"))


@attack("read", "read what others handed in", WORKS)
def others():
    return os.listdir(HERE["course"] + "/submitted")


@attack("read", "see the folder of the course", WORKS)
def course_folder():
    return os.path.isdir(HERE["course"])


@attack("read", "read the settings of the grader", WORKS)
def settings():
    return read(HERE["course"] + "/nbgrader_config.py")


@attack("read", "read a key in the grader's home", WORKS)
def home():
    return read(HERE["home"] + "/.ssh/id_ed25519")


@attack("read", "read a token in the environment", WORKS)
def token():
    return "JUPYTERHUB_API_TOKEN" in os.environ


@attack("read", "read the environment of every other process", WORKS)
def environment_of_others():
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            if HERE["token"].encode() in open(path, "rb").read():
                return True
        except OSError:
            pass


@attack("read", "follow the grader's working folder in /proc", WORKS)
def folder_of_the_grader():
    return any(
        os.path.exists(os.path.join(p, "gradebook.db")) for p in glob.glob("/proc/[0-9]*/cwd")
    )


@attack("read", "open files of other processes by /proc/*/fd", WORKS)
def open_files_of_others():
    mine = str(os.getpid())
    found = [
        os.readlink(p)
        for p in glob.glob("/proc/[0-9]*/fd/*")
        if p.split("/")[2] != mine and os.access(p, os.R_OK)
    ]
    return [f for f in found if f.startswith("/") and not f.startswith("/dev")]


@attack("read", "use files that were left open when the kernel began", "nothing is left open")
def own_open_files():
    found = [
        os.readlink(f"/proc/self/fd/{n}") for n in range(64) if os.path.exists(f"/proc/self/fd/{n}")
    ]
    return [
        f
        for f in found
        if f.startswith("/") and not f.startswith(("/dev", "/fence", "/memfd", "/proc"))
    ]


@attack("read", "read files in the machine's /tmp", WORKS)
def temporary_files():
    return read(HERE["temporary"])


@attack("read", "read /etc/passwd and /etc/shadow", WORKS)
def passwords():
    return read("/etc/passwd") + read("/etc/shadow")


@attack("read", "read the keys of the machine in /etc/ssh", FOR_ROOT)
def host_keys():
    return os.listdir("/etc/ssh")


@attack("read", "read the logs in /var", WORKS)
def logs():
    return os.listdir("/var/log")


@attack("read", "walk through all that there is to find a gradebook", WORKS)
def search_everywhere():
    return [
        f
        for top, folders, files in os.walk("/")
        for f in files
        if (f == "gradebook.db" and "site-packages" not in top) or top.endswith("/.ssh")
    ]


@attack("read", "read the disk itself", FOR_ROOT)
def disk():
    return read(next(p for p in glob.glob("/dev/*") if stat.S_ISBLK(os.stat(p).st_mode)))


@attack("read", "read the machine's memory", FOR_ROOT)
def memory_of_the_machine():
    return read("/proc/kcore") or read("/dev/mem")


@attack("read", "read the log of the kernel", FOR_ROOT)
def kernel_log():
    buffer = ctypes.create_string_buffer(1000)
    return call("syslog", 3, buffer, 1000)


@attack("read", "look at the hardware in /sys", WORKS)
def devices():
    return os.listdir("/sys/class")


@attack("read", "look for other disks", WORKS)
def mounts():
    return [
        d
        for d in ("/mnt", "/media", "/srv", "/opt", "/run", "/home", "/boot")
        if os.path.isdir(d) and os.listdir(d)
    ]


@attack("read", "read the keys that the system keeps", WORKS)
def keys():
    return call("keyctl", 11, -3, 0, 0)


@attack("read", "list what runs on the machine", WORKS)
def other_processes():
    return [p for p in os.listdir("/proc") if p.isdigit() and p not in ("1", str(os.getpid()))]


@attack(
    "read", "find marks or right answers in what the grader sent", "the tests are in the kernel"
)
def right_answers():
    return [
        cell
        for cell in get_ipython().user_ns["In"][:-1]
        if "BEGIN " + "HIDDEN" in cell or "Not " + "graded" in cell
    ]


# Escape: to the network, to other processes, to the machine


@attack("escape", "reach a server on this machine", WORKS)
def tcp_here():
    return socket.create_connection(("127.0.0.1", HERE["port"]), 1)


@attack("escape", "reach the internet", WORKS)
def tcp_there():
    return socket.create_connection(("192.0.2.1", 80), 1)


@attack("escape", "send a message by UDP", WORKS)
def udp():
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53))


@attack("escape", "look up a name", WORKS)
def names():
    return socket.getaddrinfo("example.org", 80)


@attack("escape", "reach a server by IPv6", WORKS)
def ipv6():
    return socket.create_connection(("::1", HERE["port"]), 1)


@attack("escape", "reach a service by its socket, as of Docker or D-Bus", WORKS)
def socket_file():
    end = socket.socket(socket.AF_UNIX)
    end.connect(HERE["socket"])
    return True


@attack("escape", "reach a service by an abstract socket, as of X11", WORKS)
def abstract_socket():
    end = socket.socket(socket.AF_UNIX)
    end.connect("\0" + HERE["abstract"])
    return True


@attack("escape", "reach the host of a virtual machine by vsock", WORKS)
def virtual_machine():
    return socket.socket(40, socket.SOCK_STREAM)


@attack("escape", "listen to the network", FOR_ROOT)
def raw_packets():
    return socket.socket(socket.AF_PACKET, socket.SOCK_RAW)


@attack("escape", "talk to the kernel by netlink", FOR_ROOT)
def audit():
    return socket.socket(16, socket.SOCK_RAW, 9)


@attack("escape", "use the kernel's ciphers, a way of many attacks", WORKS)
def crypto():
    return socket.socket(38, socket.SOCK_SEQPACKET)


@attack("escape", "send a signal to the grader", WORKS)
def signal_to_the_grader():
    os.kill(HERE["grader"], 0)
    return HERE["grader"] > 3


@attack("escape", "take over another process", FOR_ROOT)
def ptrace():
    return call("ptrace", 16, 1, 0, 0)


@attack("escape", "read the memory of another process", FOR_ROOT)
def memory_of_others():
    return call("process_vm_readv", 1, 0, 0, 0, 0, 0)


@attack("escape", "become root in a name space of its own", WORKS)
def user_name_space():
    return call("unshare", 0x10000000)


@attack("escape", "the same, by clone", WORKS)
def user_name_space_by_clone():
    number = {"x86_64": 56, "aarch64": 220}[platform.machine()]
    child = libc.syscall(number, 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    return child > 0


@attack("escape", "the same, by clone3, which hides its flags", WORKS)
def clone3():
    return libc.syscall(435, ctypes.create_string_buffer(88), 88) >= 0


@attack("escape", "mount something over something", FOR_ROOT)
def mount():
    if libc.mount(b"none", b"/fence/work", b"tmpfs", 0, None):
        raise OSError
    return True


@attack("escape", "make the system writable again", FOR_ROOT)
def remount():
    if libc.mount(None, b"/usr", None, 4096 | 32, None):
        raise OSError
    return True


@attack("escape", "leave by a second root", FOR_ROOT)
def chroot():
    os.chroot("/tmp")
    return True


@attack("escape", "join the name space of process 1", FOR_ROOT)
def join():
    return call("setns", os.open("/proc/1/ns/mnt", os.O_RDONLY), 0)


@attack("escape", "walk into the machine by /proc/1/root", FOR_ROOT)
def root_of_process_1():
    return os.path.exists("/proc/1/root" + HERE["course"])


@attack("escape", "open files by a handle instead of a path", FOR_ROOT)
def handles():
    return call("open_by_handle_at", 3, ctypes.create_string_buffer(64), 0)


@attack("escape", "have the kernel start a program when one crashes", FOR_ROOT)
def core_pattern():
    return could_change("/proc/sys/kernel/core_pattern")


@attack("escape", "restart the machine", FOR_ROOT)
def sysrq():
    return os.access("/proc/sysrq-trigger", os.W_OK)


@attack("escape", "become root", "root it is")
def become_root():
    os.setuid(0)
    return True


@attack("escape", "gain rights by a program that has them, such as su", "it may work")
def set_user_programs():
    return (
        subprocess.run(
            ["/usr/bin/su", "-c", "id", "root"], input=b"", capture_output=True
        ).returncode
        == 0
    )


@attack("escape", "make a file that is the disk", FOR_ROOT)
def make_a_device():
    os.mknod("/fence/work/disk", stat.S_IFBLK | 0o600, os.makedev(254, 0))
    return True


@attack("escape", "load a program into the kernel", FOR_ROOT)
def bpf():
    return call("bpf", 5, ctypes.create_string_buffer(128), 128)


@attack("escape", "watch the whole machine", FOR_ROOT)
def perf():
    return call("perf_event_open", ctypes.create_string_buffer(128), -1, 0, -1, 0)


@attack("escape", "use io_uring, which filters do not see", WORKS)
def io_uring():
    return call("io_uring_setup", 8, ctypes.create_string_buffer(120))


@attack("escape", "use userfaultfd, a way of many attacks", WORKS)
def userfaultfd():
    return call("userfaultfd", 1)


@attack("escape", "set the clock, for a deadline", FOR_ROOT)
def clock():
    time.clock_settime(time.CLOCK_REALTIME, time.time())
    return True


@attack("escape", "raise its own limits again", FOR_ROOT)
def limits():
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (2**40, 2**40))
    return True


@attack("escape", "go before all other programs", FOR_ROOT)
def priority():
    os.nice(-5)
    return True


@attack("escape", "be the last to go when memory is out", FOR_ROOT)
def out_of_memory_order():
    return write("/proc/self/oom_score_adj", "-500")


# Persist: leave something for the next student, or for the grader


@attack("persist", "change the course's package for those who come after", WORKS)
def change_the_helpers():
    import ffnn_helpers

    return could_change(ffnn_helpers.__file__[:-3] + "_evil.py")


@attack("persist", "put a file into Python that all programs run at their start", WORKS)
def change_python():
    import site

    return could_change(site.getsitepackages()[0] + "/evil.pth")


@attack("persist", "put a false compiled file beside a module", WORKS)
def compiled_files():
    import json

    return could_change(os.path.dirname(json.__cached__) + "/evil.pyc")


@attack("persist", "change a program of the system", FOR_ROOT)
def change_the_system():
    return could_change("/usr/bin/evil")


@attack("persist", "leave a job for later", WORKS)
def jobs():
    return could_change("/etc/cron.d/evil") or could_change("/var/spool/cron/evil")


@attack("persist", "leave a start file in the grader's home", WORKS)
def startup_file():
    return could_change(HERE["home"] + "/.bashrc")


@attack("persist", "change the file that says how to reach the kernel", WORKS)
def change_the_kernel_file():
    return could_change("/fence/kernel.json")


@attack("persist", "change when it was handed in", WORKS)
def time_of_handing_in():
    return could_change(
        HERE["course"] + "/submitted/" + HERE["student"] + "/hw1_forward_pass/timestamp.txt"
    )


# These succeed in their own room; what they left must not be there for the next student


@attack("leave", "leave files in every folder for the next student", WORKS)
def files_left():
    left = [
        os.path.join(folder, "left") for folder in ("/tmp", "/dev/shm", "/fence/work", "/var/tmp")
    ]
    for path in left:
        try:
            write(path)
        except OSError:
            pass
    return False


@attack("leave", "leave a process that goes on after the end", WORKS)
def process_left():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv(
                sys.executable,
                [sys.executable, "-c", "import time; time.sleep(1000)  # LEFT-BEHIND"],
            )
        os._exit(0)
    return False


@attack("find", "find what the last student left", WORKS)
def files_found():
    return [p for p in ("/tmp/left", "/dev/shm/left", "/fence/work/left") if os.path.exists(p)]


@attack("find", "find a process that the last student left", WORKS)
def process_found():
    return any(b"LEFT-BEHIND" in read(p) for p in glob.glob("/proc/[0-9]*/cmdline"))


@attack("find", "find the sockets of another student's kernel", WORKS)
def sockets_found():
    return [
        p
        for p in glob.glob("/tmp/**/*-[1-5]", recursive=True)
        if stat.S_ISSOCK(os.stat(p).st_mode) and not p.startswith("/tmp/kernel-")
    ]


# Starve: what costs the machine. These are held, and the kernel goes on


@attack("starve", "take 3 GiB in one piece", WRECKS)
def address_space():
    return mmap.mmap(-1, 3 * 2**30)


@attack("starve", "hide memory in files that have no name", WRECKS)
def memory_files():
    return os.memfd_create("x")


@attack("starve", "hide memory in shared segments that outlive their process", WRECKS)
def shared_segments():
    return call("shmget", 0, 2**20, 0o1600)


@attack("starve", "hide memory in queues", WRECKS)
def message_queues():
    return call("msgget", 0, 0o1600)


@attack("starve", "write a file of 1 GB", WRECKS)
def file_size():
    with open("/fence/work/big", "wb") as file:
        file.truncate(10**9)
    return True


@attack("starve", "write many files", WRECKS)
def full_folder():
    try:
        for n in range(100):
            with open(f"/fence/work/{n}", "wb") as file:
                file.write(bytes(2 * 10**6))
        return True
    finally:
        for path in glob.glob("/fence/work/[0-9]*"):
            os.remove(path)


@attack("starve", "fill /tmp", WRECKS)
def full_temporary():
    try:
        with (
            open("/tmp/a", "wb") as one,
            open("/tmp/b", "wb") as two,
            open("/tmp/c", "wb") as three,
        ):
            for file in (one, two, three):
                file.write(bytes(30 * 10**6))
        return True
    finally:
        for path in glob.glob("/tmp/[abc]"):
            os.remove(path)


@attack("starve", "write beside the folders in memory", WRECKS)
def root_folder():
    return could_change("/x") or could_change("/fence/x") or could_change("/dev/x")


@attack("starve", "open files without end", WRECKS)
def open_files():
    files = []
    for _ in range(5000):
        files.append(open("/dev/null"))
    return True


@attack("starve", "start processes without end", WRECKS)
def processes():
    children = []
    try:
        for _ in range(500):
            child = os.fork()
            if child == 0:
                time.sleep(60)
                os._exit(0)
            children.append(child)
        return True
    finally:
        for child in children:
            os.kill(child, 9)
            os.waitpid(child, 0)


@attack("starve", "start threads without end", WRECKS)
def threads():
    go = threading.Event()
    started = []
    try:
        for _ in range(500):
            one = threading.Thread(target=go.wait)
            one.start()
            started.append(one)
        return True
    finally:
        go.set()
        for one in started:
            one.join()


@attack("starve", "fill the disk with the memory of a crashed process", WRECKS)
def core_dump():
    if os.fork() == 0:
        os.abort()
    _, status = os.wait()
    return os.WCOREDUMP(status)


@attack("starve", "nest calls without end", "an error")
def recursion():
    def deeper():
        return deeper()

    return deeper()


# Starve: these end the kernel, and each has a student of its own

MEMORY, OUTPUT = "took too much memory", "printed too much"


@attack("end", "take memory in many processes, a little in each", WRECKS, note=MEMORY, slow=False)
def memory_of_many():
    for _ in range(8):
        if os.fork() == 0:
            block = bytearray(b"x") * (300 * 2**20)
            time.sleep(60)
    time.sleep(60)


@attack("end", "take memory that is shared, in many pieces", WRECKS, note=MEMORY, slow=True)
def memory_in_files_and_shared():
    for _ in range(4):
        if os.fork() == 0:
            block = mmap.mmap(
                -1, 600 * 2**20, mmap.MAP_SHARED | 0x8000
            )  # MAP_POPULATE: take it now
            time.sleep(60)
    time.sleep(60)


@attack("end", "print 100 MB at once", "the grader's memory grows by it", note=OUTPUT, slow=False)
def one_print():
    print("x" * (100 * 10**6))


@attack("end", "show a picture of 50 MB", "the grader's memory grows by it", note=OUTPUT, slow=True)
def one_picture():
    from IPython.display import display

    display({"text/plain": "x" * (50 * 10**6)}, raw=True)


@attack(
    "end",
    "send an error with 80 MB of text",
    "the grader's memory grows by it",
    note=OUTPUT,
    slow=True,
)
def one_error():
    kernel = get_ipython().kernel
    text = "x" * (40 * 10**6)
    kernel.send_response(
        kernel.iopub_socket, "error", {"ename": "x", "evalue": text, "traceback": [text]}
    )


@attack("end", "display without end", GROWS, note=OUTPUT, slow=True)
def many_errors():
    while True:
        display("x" * 5000)


@attack(
    "end",
    "write into a connection of the kernel a message that never ends",
    GROWS,
    note=OUTPUT,
    slow=False,
)
def raw_stream():
    frame = bytes([3]) + (10**6).to_bytes(8, "big") + bytes(10**6)  # ZMTP: long, and more to come
    ends = []
    for number in range(3, 256):
        try:
            end = socket.socket(fileno=os.dup(number))
            end.getpeername()
            if end.getsockname() == "/tmp/kernel-3":  # for questions, which nobody reads
                ends.append(end)
        except OSError:
            pass
    ends[0].setblocking(True)
    while True:
        ends[0].sendall(frame)


@attack(
    "end", "loop where no interrupt arrives", "the student's marks are lost", note="time", slow=True
)
def endless_loop_in_c():
    sum(iter(int, 1))
    while True:
        try:
            sum(iter(int, 1))
        except BaseException:
            pass


@attack(
    "end",
    "stop, so that it neither ends nor answers",
    "the student's marks are lost",
    note="time",
    slow=True,
)
def stops_itself():
    os.kill(os.getpid(), signal.SIGSTOP)


@attack(
    "end",
    "kill all processes",
    "the grader dies, if it is root",
    note="The kernel ended",
    slow=False,
)
def kills_all():
    try:
        if len(glob.glob("/proc/[0-9]*")) < 10:  # in a broken fence it would be the machine
            os.kill(-1, signal.SIGKILL)
    finally:
        os.kill(os.getpid(), signal.SIGKILL)


@attack(
    "end", "call the system by the numbers of 32 bits", WORKS, note="The kernel ended", slow=True
)
def other_system_calls():
    if platform.machine() == "x86_64":
        code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        code.write(bytes.fromhex("53 b8 14000000 cd80 5b c3"))  # getpid by int 0x80
        place = ctypes.addressof(ctypes.c_char.from_buffer(code))
        print("GOT", ctypes.CFUNCTYPE(ctypes.c_int)(place)())
    else:
        os.abort()


@attack(
    "end",
    "leave children that work without end, and end",
    "they go on",
    note="The kernel ended",
    slow=True,
)
def busy_children():
    for _ in range(8):
        if os.fork() == 0:
            while True:
                pass
    os._exit(0)


@attack("end", "fill the grader's side of every connection", GROWS, note=OUTPUT, slow=True)
def bytes_without_end():
    kernel = get_ipython().kernel
    while True:
        kernel.session.send(kernel.iopub_socket, "status", {"execution_state": "x" * 10**6})


# Confuse: the grader itself


@attack("confuse", "connect to the kernel as if it were the grader", WORKS)
def new_connections():
    end = socket.socket(socket.AF_UNIX)
    end.connect("/tmp/kernel-1")
    end.close()
    return False


@attack(
    "confuse", "put a link to a service in place of the kernel's socket", "the grader may follow it"
)
def socket_replaced():
    for n in range(1, 6):
        os.remove(f"/tmp/kernel-{n}")
        os.symlink(HERE["socket"], f"/tmp/kernel-{n}")
    return False


@attack("confuse", "put a link in place of the folder where the grader reads", WORKS)
def folder_replaced():
    os.rename("/fence/work", "/fence/moved")
    return True


@attack("confuse", "rename the machine", FOR_ROOT)
def name_of_the_machine():
    socket.sethostname(socket.gethostname())
    return True


def table():
    """Write the attacks as a table in Markdown: what each tries, and what happens."""
    lines = ["| attack | it tries to | plain nbgrader | here |", "|---|---|---|---|"]
    for one in ATTACKS:
        lines.append(f"| {one.family}: {one.name} | {one.tries} | {one.plain} | {one.here} |")
    return "\n".join(lines)
