"""What stands in an explorer, read in the page and read in Python, in the same form."""

import re
from html import unescape
from itertools import zip_longest

PAGE = "<!doctype html><html lang='en'><meta charset='utf-8'><title>Explorer</title>{}</html>"

# Texts of an explorer as the page shows them; and all its edges with what their look says.
IN_THE_PAGE = """(root) => ({
    tables: [...root.querySelectorAll("table")].map((table) => [
        table.caption.textContent,
        ...[...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent)),
    ]),
    drawings: [...root.querySelectorAll(".ffnn-drawing > svg")].map((svg) => ({
        words: svg.getAttribute("aria-label"),
        texts: [...svg.querySelectorAll("text")].map((text) => text.textContent),
        lines: [...svg.querySelectorAll("[data-line]")].map((line) => line.getAttribute("d")),
        looks: [...svg.querySelectorAll(".edge, .neuron")].map((part) => [
            part.dataset.symbol,
            ...["positive", "negative", "on-path"].filter((name) => part.classList.contains(name)),
            part.querySelector(".line")?.getAttribute("stroke-width") ?? "",
        ]),
    })),
    verdict: root.querySelector(".ffnn-verdict")?.textContent ?? null,
})"""


def in_python(explorer):
    """The same of an explorer that Python has drawn."""
    return {
        "tables": [
            [
                table.caption,
                list(table.headings),
                *([heading, *(cell.text for cell in cells)] for heading, cells in table.rows),
            ]
            for table in explorer.tables
        ],
        "drawings": [
            {
                "words": spoken(explorer, drawn),
                "texts": [without_tags(t) for t in re.findall(r"<text.*?</text>", drawn.svg)],
                "lines": re.findall(r'data-line=".*?" d="(.*?)"', drawn.svg),
                "looks": [look(part) for part in parts(drawn.svg)],
            }
            for drawn in explorer.drawings
        ],
        "verdict": explorer.verdict and explorer.data["verdicts"][explorer.verdict],
    }


def spoken(explorer, drawn):
    """The words of a drawing; with a plot go those of the verdict."""
    is_plot = hasattr(drawn, "data") and explorer.verdict
    return (
        f"{drawn.alternative} {explorer.data['verdicts'][explorer.verdict]}"
        if is_plot
        else drawn.alternative
    )


def without_tags(text):
    return unescape(re.sub("<.*?>", "", text))


def parts(svg):
    return re.findall(r'<g class="((?:edge|neuron).*?)" data-symbol="(.*?)">(.*?)</g>', svg, re.S)


def look(part):
    classes, symbol, inside = part
    width = re.search(r'class="line".*stroke-width="(.*?)"', inside)
    named = [name for name in ("positive", "negative", "on-path") if name in classes.split()]
    return [symbol, *named, width[1] if width else ""]


def texts_and_places(read):
    """Split what was read into all its texts, to be compared as they are, and all its places.

    A place has one decimal, which the last bit of a number may round up or down.
    """
    drawings = [{**drawn, "lines": None} for drawn in read["drawings"]]
    for drawn in drawings:
        drawn["looks"] = [look[:-1] for look in drawn["looks"]]
    drawn = str([[d["lines"], [look[-1] for look in d["looks"]]] for d in read["drawings"]])
    return {**read, "drawings": drawings}, [float(n) for n in re.findall(r"-?\d+\.\d", drawn)]


def assert_same(shown, truth, after):
    """Hold the page against Python, and say after which move they differ."""
    (texts, places), (true_texts, true_places) = map(texts_and_places, (shown, truth))
    pairs = zip_longest(flat(texts), flat(true_texts))
    different = [(text, true) for text, true in pairs if text != true]
    assert not different, f"after {after}: {different}"
    assert len(places) == len(true_places), after
    assert all(abs(a - b) < 0.15 for a, b in zip(places, true_places)), after


def flat(read):
    """Yield every text, one by one, so that a difference is shown alone."""
    parts = read.values() if isinstance(read, dict) else read if isinstance(read, list) else ()
    if not parts:
        yield read
    for part in parts:
        yield from flat(part)
