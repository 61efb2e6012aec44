"""README shows what is true: its picture, its Python, and the minutes of the notebooks."""

import re
from pathlib import Path

from ffnn_helpers import handout, picture

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
