"""A table that says the same in the page, in the terminal and to a screen reader."""

import re
from dataclasses import dataclass
from html import escape

BLANK = "?"
BOX = '<span style="display:inline-block;min-width:5em;border:1px solid;padding:0 .3em">?</span>'
ALONE = re.compile(r"(?<!\S)\?(?!\S)")  # not the end of a question
LEFT = 'style="text-align:left"'
HEADING = 'style="text-align:left;white-space:nowrap"'
WIDEST_TEXT = 100


@dataclass(frozen=True)
class Cell:
    """One box of a table.

    Attributes
    ----------
    text : str
        With "?" where something is left open.
    key : tuple of (str, int or None), optional
        The symbol and observation of what is shown here.
    slot : str, optional
        What of it is shown: its "worked" line, its "value", its symbol and value
        ("named"), or how it comes of the rows above, as a "product" or a "sum".
    """

    text: str
    key: tuple = None
    slot: str = None

    @property
    def html(self):
        attributes = LEFT
        if self.key:
            symbol, k = self.key
            attributes += f' data-slot="{self.slot}" data-symbol="{symbol}"'
            attributes += f' data-k="{k}"' if k else ""
        return f"<td {attributes}>{ALONE.sub(BOX, escape(self.text))}</td>"


class Table:
    """Rows with headings under columns with headings.

    Parameters
    ----------
    caption : str
    headings : sequence of str
        One a column; the first stands over the rows' own headings.
    rows : sequence of (str, sequence of Cell)
        Each row's heading and its cells.

    Attributes
    ----------
    html, text : str
        The whole table, written. Where the columns are too wide for plain text, each row
        is a paragraph of its own.

    Examples
    --------
    >>> Table("Speeds", ["", "km/h"], [("there", [Cell("10")]), ("back", [Cell("?")])])
    Speeds
    <BLANKLINE>
           km/h
    -----  ----
    there  10
    back   ?
    """

    def __init__(self, caption, headings, rows):
        self.caption = caption
        self.headings = tuple(headings)
        self.rows = tuple((heading, tuple(cells)) for heading, cells in rows)

    def __repr__(self):
        return self.text

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self.html, "text/plain": self.text}

    @property
    def html(self):
        first, *others = self.headings
        # A heading that is empty would be read as a nameless column.
        corner = f'<th scope="col" {LEFT}>{escape(first)}</th>' if first else "<td></td>"
        columns = "".join(f'<th scope="col" {LEFT}>{escape(text)}</th>' for text in others)
        rows = "\n".join(
            f'<tr><th scope="row" {HEADING}>{escape(heading)}</th>'
            f"{''.join(cell.html for cell in cells)}</tr>"
            for heading, cells in self.rows
        )
        return (
            f'<table class="ffnn-table">\n<caption {LEFT}>{escape(self.caption)}</caption>\n'
            f"<thead><tr>{corner}{columns}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
        )

    @property
    def text(self):
        lines = [self.headings]
        lines += [(heading, *(cell.text for cell in cells)) for heading, cells in self.rows]
        widths = [max(map(len, column)) for column in zip(*lines)]
        if sum(widths) + 2 * len(widths) - 2 > WIDEST_TEXT:
            return "\n".join([self.caption, *self._paragraphs()])
        lines.insert(1, ["-" * width for width in widths])
        return "\n".join([self.caption, "", *(_in_columns(line, widths) for line in lines)])

    def _paragraphs(self):
        width = max(map(len, self.headings[1:]))
        for heading, cells in self.rows:
            yield f"\n{heading}"
            for column, cell in zip(self.headings[1:], cells):
                if cell.text:
                    yield f"  {column.ljust(width)}  {cell.text}"


def _in_columns(texts, widths):
    return "  ".join(text.ljust(width) for text, width in zip(texts, widths)).rstrip()
