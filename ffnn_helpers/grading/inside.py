"""What a fenced kernel may not do: run first inside the fence, then as the kernel itself.

It is started by its path, before anything of the course, and needs only the standard library.
Limits and calls are given up in here and cannot be had back, by no child either.
"""

import ctypes
import gc
import os
import platform
import runpy
import select
import struct
import sys
from pathlib import Path

MB = 1_000_000
MEMORY = 2 * 2**30  # bytes; of all processes together it is held by whoever watches from outside
LIMITS = {
    "RLIMIT_AS": MEMORY,  # of one process
    "RLIMIT_NPROC": 64,  # processes and threads; a quiet kernel has about 15
    "RLIMIT_FSIZE": 32 * MB,
    "RLIMIT_NOFILE": 256,
    "RLIMIT_CORE": 1,  # 0 would still start a program that collects core dumps
    "RLIMIT_MSGQUEUE": 0,
    "RLIMIT_MEMLOCK": 0,
}

# Calls of the system that are refused: their numbers on x86-64 and on 64-bit ARM.
REFUSED = {
    # name spaces and file systems
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "quotactl": (179, 60),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    # keys, which know no name space
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "move_pages": (279, 239),
    "migrate_pages": (256, 238),
    # memory that no limit counts
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    # the system as a whole, and what attacks on it have begun with
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "fanotify_init": (300, 262),
    "personality": (135, 92),
    "acct": (163, 89),
    "reboot": (169, 142),
    "syslog": (103, 116),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "vhangup": (153, 58),
}
CLONE, CLONE3 = (56, 220), (435, 435)
SOCKETS = (41, 198), (53, 199)  # socket and socketpair
NEW_NAMESPACES = (
    0x7E020080  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET, NEWTIME
)
FAMILIES = 1, 2, 10  # AF_UNIX, AF_INET, AF_INET6; others, like vsock, know no name space
AF_NETLINK, NETLINK_ROUTE = 16, 0  # by which a program asks for its own addresses
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # a column, AUDIT_ARCH
X32 = 0x40000000  # the calls of x86-64 once more, by other numbers

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # of a filter in the kernel
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
EPERM, ENOSYS, EAFNOSUPPORT = 1, 38, 97
NUMBER, ARCHITECTURE = 0, 4  # where they stand in what a filter is given
FIRST_ARGUMENT, THIRD_ARGUMENT = 16, 32


def call_filter(machine):
    """Write the filter of calls for a machine: a list of (operation, skip if so, skip if not, value)."""
    column, architecture = MACHINES[machine]
    lines = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 0, 1, X32),
        (RETURN, 0, 0, ERROR | EPERM),
    ]
    for numbers in REFUSED.values():
        lines += [(EQUAL, 0, 1, numbers[column]), (RETURN, 0, 0, ERROR | EPERM)]
    # clone3 keeps its flags where no filter sees them; without it the C library takes clone.
    lines += [(EQUAL, 0, 1, CLONE3[column]), (RETURN, 0, 0, ERROR | ENOSYS)]
    lines += [
        (EQUAL, 0, 4, CLONE[column]),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (ANY_BIT, 0, 1, NEW_NAMESPACES & ~0x80),  # 0x80 is of clone's exit signal
        (RETURN, 0, 0, ERROR | EPERM),
        (RETURN, 0, 0, ALLOW),
    ]
    for numbers in SOCKETS:
        lines += [
            (EQUAL, 0, 9, numbers[column]),
            (LOAD, 0, 0, FIRST_ARGUMENT),
            *((EQUAL, 6 - place, 0, family) for place, family in enumerate(FAMILIES)),
            (EQUAL, 0, 2, AF_NETLINK),
            (LOAD, 0, 0, THIRD_ARGUMENT),
            (EQUAL, 1, 0, NETLINK_ROUTE),
            (RETURN, 0, 0, ERROR | EAFNOSUPPORT),
            (RETURN, 0, 0, ALLOW),
        ]
    return [*lines, (RETURN, 0, 0, ALLOW)]


def give_up_calls():
    """Refuse, from now on and for all children, the calls that are not for a student's code."""

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("lines", ctypes.c_char_p)]

    lines = call_filter(platform.machine())
    packed = b"".join(struct.pack("<HBBI", *line) for line in lines)
    program = Program(len(lines), packed)
    system = ctypes.CDLL(None, use_errno=True)
    new_privileges, filter_calls = (38, 1, 0, 0, 0), (22, 2, ctypes.byref(program), 0, 0)
    for arguments in (new_privileges, filter_calls):
        if system.prctl(*arguments):
            raise OSError(ctypes.get_errno(), "the filter of calls was not taken")


def give_up_root(user):
    """Become another user, who owns nothing, where the grader is root."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
        ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE: its own /proc/self is its own


def join_new_keyring():
    ctypes.CDLL(None).syscall(REFUSED["keyctl"][MACHINES[platform.machine()][0]], 1, None)


def give_up(user, seconds):
    """Give up root, keys, resources and calls, in this order."""
    import resource  # Windows, where the limits are read too, has none

    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # if the machine has no memory left, this goes first
    give_up_root(user)
    join_new_keyring()
    for name, most in {**LIMITS, "RLIMIT_CPU": seconds}.items():
        resource.setrlimit(getattr(resource, name), (most, most))
    give_up_calls()


def require_grader(lifeline):
    """End here if whoever began this is gone already; their end of the pipe is closed then.

    The first process inside, of bubblewrap, ends with them too, but only from the moment it
    asks for that. It has done so when it sleeps, and waits for this process.
    """
    while Path("/proc/1/stat").read_text().rpartition(")")[2].split()[0] != "S":
        os.sched_yield()
    gone = select.poll()
    gone.register(lifeline, 0)  # that the other end was closed is told in any case
    if gone.poll(0):
        sys.exit("Whoever began this kernel is gone.")
    os.close(lifeline)


if __name__ == "__main__":
    lifeline, user, seconds, kind, program, *arguments = sys.argv[1:]
    if lifeline:
        require_grader(int(lifeline))
    give_up(int(user), int(seconds))
    gc.set_threshold(100_000)  # to look for garbage while all is imported takes 7 % of the start
    sys.argv = [program, *arguments]
    if kind == "-m":
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    else:
        exec(program, {"__name__": "__main__"})
