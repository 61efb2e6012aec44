"""How soon a key press is seen: our explorer beside `interact` with Matplotlib, in JupyterLab, in one run.

    python -m tests.benchmarks.explorers

From the key press to the end of the first frame that shows the new picture. Plain, and with a line between page and
server that takes 75 ms each way. Times drift from machine to machine; the ratios within one run do not.
"""

import asyncio
import contextlib
import os
import shutil
import statistics
import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import sync_playwright

from ffnn_helpers import Network, explore, trace
from ffnn_helpers.notation import parameters
from tests.browser.conftest import CHROMIUMS
from tests.browser.jupyter import run_all, running

ROOT = Path(__file__).parents[2]
SHAPES = [(2, 2, 1), (4, 5, 3)]
AIMS = {(2, 2, 1): 0.15, (4, 5, 3): 0.25}
PRESSES, ROUNDS = 20, 3
BURST, REPEAT = 20, 1 / 30  # keys, and the seconds from one to the next while a key is held down
ONE_WAY = 0.075  # s
FRAME = 1000 / 60  # ms
FUNCTIONS = {"ours": "ours", "interact": "by_interact"}
SLIDERS = {
    "ours": '.ffnn-explorer input[type="range"]',
    "interact": ".widget-interact .noUi-handle",
}
# The picture as a text that changes with it, or null while it is not there.
PICTURES = {
    "ours": """() => document.querySelector(".ffnn-explorer .ffnn-picture")?.textContent""",
    "interact": """() => {
        const image = document.querySelector(".widget-interact img");
        return image?.complete && image.naturalWidth ? image.src : null;
    }""",
}
# After each frame: which picture it showed, and when that was.
WATCH = """(picture) => {
    const read = eval(picture);
    const seen = { frames: [], keys: [], isOver: false };
    window.seen = seen;
    window.addEventListener("keydown", ({ timeStamp }) => seen.keys.push(timeStamp), true);
    let last = read();
    function look() {
        if (seen.isOver) return;
        requestAnimationFrame(look);
        const now = read();
        if (!now || now === last) return;
        last = now;
        const channel = new MessageChannel();  // its turn comes when the frame has been drawn
        channel.port1.onmessage = () => seen.frames.push(performance.now());
        channel.port2.postMessage(null);
    }
    requestAnimationFrame(look);
}"""
IS_SEEN = "() => seen.frames.length > 0"


# What is compared


def made(sizes):
    """A step of two observations, the same for both."""
    theta = [(-1) ** (i * i // 3) * (1 + i % 9) / 10 for i in range(len(parameters(sizes)))]
    x = [[(1 + (i + k) % 5) / 2 for i in range(sizes[0])] for k in range(2)]
    y = [[(1 + (i + k) % 3) / 4 for i in range(sizes[-1])] for k in range(2)]
    return trace(Network(sizes, theta), x, y, 0.1)


def ours(sizes):
    return explore.forward(made(sizes))


def by_interact(sizes):
    """Draw the same network, its numbers and its weights as lines, with a slider for each parameter and input."""
    import matplotlib.pyplot as plt
    from ipywidgets import FloatSlider, interact

    steps = made(sizes)
    names = [*parameters(sizes), *(f"x_{i}" for i in range(1, sizes[0] + 1))]
    y = [steps[f"y_{i}", 1].value for i in range(1, sizes[-1] + 1)]

    def draw(**moved):
        values = list(moved.values())
        net = Network(sizes, values[: -sizes[0]])
        x = [values[-sizes[0] :]]
        forward = net.forward(x)
        _, axes = plt.subplots(figsize=(9, 5))
        columns = [
            [(layer, (size - 1) / 2 - i) for i in range(size)] for layer, size in enumerate(sizes)
        ]
        for layer, weights in enumerate(net.weights):
            for j, row in enumerate(weights):
                for i, weight in enumerate(row):
                    (x1, y1), (x2, y2) = columns[layer][i], columns[layer + 1][j]
                    style = "-" if weight > 0 else "--"
                    colour = "#0072b2" if weight > 0 else "#c75300"
                    axes.plot([x1, x2], [y1, y2], style, color=colour, lw=1.5 + 2 * abs(weight))
                    axes.text(x1 + (x2 - x1) / 3, y1 + (y2 - y1) / 3, f"{weight:.2f}", size=8)
        for layer, column in enumerate(columns):
            for i, place in enumerate(column):
                axes.plot(*place, "o", ms=44, mfc="#f3f5f7", mec="#666")
                said = f"a = {forward.a[layer][0, i]:.4g}"
                if layer:
                    said = f"z = {forward.z[layer - 1][0, i]:.4g}\n{said}"
                    axes.text(place[0], place[1] + 0.3, f"{net.biases[layer - 1][i]:.2f}", size=8)
                axes.text(*place, said, ha="center", va="center", size=8)
        axes.set_title(f"C = {net.cost(x, [y]):.4g}")
        axes.set_axis_off()
        plt.show()

    sliders = {
        f"p{n}": FloatSlider(
            value=steps[name, 1 if name[0] == "x" else None].value,
            min=-4,
            max=4,
            step=0.01,
            description=name,
        )
        for n, name in enumerate(names)
    }
    interact(draw, **sliders)


# The slow line


class SlowLine:
    """Passes on what it gets, both ways, a while later."""

    def __init__(self, port):
        self.port, self.loop, self.tasks = port, asyncio.new_event_loop(), set()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        opening = asyncio.start_server(self.connect, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(opening, self.loop).result()
        self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def connect(self, reader, writer):
        answers, asks = await asyncio.open_connection("127.0.0.1", self.port)
        for way in ((reader, asks), (answers, writer)):
            late = asyncio.Queue()
            for work in (self.take(way[0], late), self.give(late, way[1])):
                task = self.loop.create_task(work)
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)

    async def take(self, reader, late):
        data = b"more"
        while data:
            with contextlib.suppress(ConnectionError):
                data = await reader.read(1 << 16)
            late.put_nowait((self.loop.time() + ONE_WAY, data))

    async def give(self, late, writer):
        data = b"more"
        while data:
            due, data = await late.get()
            await asyncio.sleep(due - self.loop.time())
            with contextlib.suppress(ConnectionError):
                writer.write(data)
                await writer.drain()
        writer.close()


# What is measured


def watched(page, which):
    page.evaluate(WATCH, PICTURES[which])


def milliseconds_to_the_picture(page, which):
    """Press a key, wait until the picture has followed, and so on."""
    taken = []
    for _ in range(PRESSES):
        watched(page, which)
        page.keyboard.press("ArrowRight")
        page.wait_for_function(IS_SEEN)
        taken.append(page.evaluate("() => ((seen.isOver = true), seen.frames[0] - seen.keys[0])"))
        page.wait_for_timeout(100)
    return taken


def burst(page, which):
    """Hold a key down, and return when each key came and when each picture was seen.

    Keys that come within one frame can be seen in one picture only.
    """
    page.wait_for_timeout(500)
    watched(page, which)
    started = time.perf_counter()
    for n in range(BURST):
        page.wait_for_timeout(max(0, 1000 * (started + n * REPEAT - time.perf_counter())))
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(2500)
    return page.evaluate("() => ((seen.isOver = true), [seen.keys, seen.frames])")


def value(slider, which):
    return float(slider.input_value() if which == "ours" else slider.get_attribute("aria-valuenow"))


def measure(browser, server, sizes):
    """Both in turn, so that a slow moment meets both."""
    with contextlib.ExitStack() as opened:
        pages, taken, bursts = {}, {}, {}
        for which in SLIDERS:
            name = f"{which}_{len(parameters(sizes))}.ipynb"
            function = FUNCTIONS[which]
            imported = f"from tests.benchmarks.explorers import {function}"
            server.lay_out(name, imported, f"{function}({sizes})")
            page = opened.enter_context(server.opened(browser, name, size=(1280, 3000)))
            run_all(page)
            page.wait_for_function(PICTURES[which])
            pages[which], taken[which] = page, []
        for _ in range(ROUNDS):
            for which, page in pages.items():
                page.bring_to_front()
                page.locator(SLIDERS[which]).first.focus()
                taken[which] += milliseconds_to_the_picture(page, which)
        for which, page in pages.items():
            page.bring_to_front()
            slider = page.locator(SLIDERS[which]).first
            slider.focus()
            before, step = value(slider, which), 0.01
            keys, frames = burst(page, which)
            possible = 1 + sum(after - key >= FRAME for key, after in pairwise(keys))
            is_last = abs(value(slider, which) - before - BURST * step) < 1e-9
            bursts[which] = len(frames), possible, frames[-1] - keys[-1], is_last
    return taken, bursts


def describe(times):
    return f"{statistics.median(times):6.1f} ({statistics.quantiles(times, n=20)[-1]:5.1f})"


def report(sizes, line, taken, bursts):
    ratio = statistics.median(taken["ours"]) / statistics.median(taken["interact"])
    print(f"\n{'-'.join(map(str, sizes))}, {line}: ms from key to frame, median (95 %)")
    for which, times in taken.items():
        pictures, possible, settled, is_last = bursts[which]
        where = "on the last value" if is_last else "NOT ON THE LAST VALUE"
        print(
            f"  {which:9}{describe(times)}; {BURST} keys held: {pictures} pictures of {possible}, the last"
            f" {settled:.0f} ms after the last key, {where}"
        )
    print(f"  ours / interact: {ratio:.2f} (at most {AIMS[sizes]})")


def main():
    found = next(filter(None, map(shutil.which, CHROMIUMS)))
    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        folder, home = Path(name) / "pages", Path(name) / "home"
        folder.mkdir()
        browser = driver.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu"]
        )
        os.environ["PYTHONPATH"] = str(ROOT)  # the notebooks import this file
        with running(folder, home) as server:
            plain = server.address
            slow = SlowLine(int(plain.rpartition(":")[2])).address
            lines = {"plain": plain, f"{2000 * ONE_WAY:.0f} ms between page and kernel": slow}
            for sizes in SHAPES:
                for line, address in lines.items():
                    server.address = address
                    report(sizes, line, *measure(browser, server, sizes))
        browser.close()


if __name__ == "__main__":
    main()
