"""The glossary is current, has every kind of symbol and every new word, and leads to where they are explained."""

import re

import notebook_checks as checks
import pytest
import write_glossary
from write_glossary import SIGNS, SYMBOLS, WORDS

from ffnn_helpers import handout, notation, two_paths

PAGES = {name[:2]: checks.read(checks.NOTEBOOKS / f"{name}.ipynb") for name in checks.COURSE}
# In bold, but to stress a word that everybody knows, or as the name of something to press.
STRESSED = """
    at once, all numbers, any, beside, between links, both ways, consumption, from, hidden, into, is, multiply,
    old, one, one way, out, relative, reset, right, second, share, that you have written, three, to, up, worse,
    columns on the left, rows on the right
"""


def kind(symbol):
    """Say what kind of symbol this is: dz^2_1/dw^2_{1,1} is a dz/dw, and so are others."""
    in_front = re.match(r"(new|delta) ", symbol)
    return in_front[1] if in_front else re.sub(r"[\^_{},\d]", "", symbol)


def kinds(steps):
    """List the kind of each step, and whether it belongs to the batch; a bias is learned as a weight is."""
    return [(re.sub("dC/d[wb]$", "dC/dθ", kind(step.symbol)), step.k is None) for step in steps]


def section(place):
    """Return the text of the section that a place names, code cells too."""
    number, _, heading = place.partition(", ")
    text = "\n".join(cell.source for cell in PAGES[number].cells)
    parts = re.split(r"(?m)^## (.+)$", text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[heading]


def without_places(latex):
    r"""Leave out which layer, neuron and input: \frac{\partial a^1_2}{\partial z^1_2} is \frac\partiala\partialz."""
    same_size = latex.replace(r"\dfrac", r"\frac")  # in tables fractions are large
    return re.sub(r"[\^_{},\d\s]", "", same_size)


def new_words():
    """List what the pages print in bold: one to three words, no sentence, in lower case."""
    for number, page in PAGES.items():
        for _, cell in checks.cells_of(page, "markdown"):
            prose = re.sub(r"(?m)^\|.*$", "", checks.without_code(cell.source))
            for word in re.findall(r"\*\*([^*\n]+)\*\*", prose):
                if re.fullmatch(r"[a-z][a-z-]*( [a-z]+){0,3}", word):
                    yield number, word


def is_in_glossary(word):
    return any(re.fullmatch(rf"{re.escape(entry)}s?", word) for entry in WORDS)


def test_the_page_is_current():
    assert write_glossary.main(["--check"]) == 0


def test_a_page_that_is_not_current_is_noticed(tmp_path, monkeypatch):
    old = tmp_path / "glossary.ipynb"
    monkeypatch.setattr(write_glossary, "PAGE", old)
    assert "not current" in write_glossary.main(["--check"])
    write_glossary.main([])
    assert write_glossary.main(["--check"]) == 0
    old.write_text(old.read_text(encoding="utf-8").replace("neuron", "cell"), encoding="utf-8")
    assert "not current" in write_glossary.main(["--check"])


def test_every_kind_of_symbol_is_in_it():
    shown = kinds(sheet.trace[symbol, k] for sheet, symbol, k, _ in SYMBOLS)
    assert (
        len(shown) == len(set(shown)) + 2
    )  # ŷ is an a, and its derivative has a formula of its own
    there_are = kinds(sheet.trace[key] for sheet in (handout, two_paths) for key in sheet.trace)
    assert set(shown) == set(there_are) - {("new", False)}  # new z, a and C are read as new w is


def test_every_operation_is_in_it():
    made = {sheet.trace[symbol, k].operation for sheet, symbol, k, _ in SYMBOLS}
    assert made == {two_paths.trace[key].operation for key in two_paths.trace}


def test_every_word_that_a_page_prints_in_bold_as_new_is_in_it():
    stressed = {word.strip() for word in STRESSED.split(",")}
    found = set(new_words())
    assert {word for _, word in found if not is_in_glossary(word)} - stressed == set()
    assert {"neuron", "gradient", "epoch"} <= {word for _, word in found}
    assert stressed & set(WORDS) == set()


@pytest.mark.parametrize(("sheet", "symbol", "k", "place"), SYMBOLS)
def test_the_section_that_explains_a_symbol_shows_one_of_its_kind(sheet, symbol, k, place):
    written = r"\hat y" if symbol == "yhat" else notation.latex(sheet.trace[symbol, k].symbol)
    if re.match(r"\\(text|Delta)", written):
        written = written.split()[0]  # "new" and Δ are explained once, for every parameter
    assert without_places(written) in without_places(section(place))


@pytest.mark.parametrize(("on_paper", "in_code", "aloud", "what", "place"), SIGNS)
def test_the_section_that_explains_a_sign_shows_it(on_paper, in_code, aloud, what, place):
    text = section(place)
    mathematics = " ".join(re.findall(r"\$[^$]+\$", text))
    assert on_paper.partition("(")[0] in mathematics or f"`{in_code}`" in text


@pytest.mark.parametrize(("word", "place"), [(word, entry[1]) for word, entry in WORDS.items()])
def test_the_section_that_explains_a_word_says_it(word, place):
    stem = word.removesuffix("e")  # standardise, standardised, standardising
    assert re.search(rf"\b{re.escape(stem)}", section(place), flags=re.IGNORECASE)


@pytest.mark.parametrize(("word", "entry"), WORDS.items(), ids=list(WORDS))
def test_a_word_takes_one_or_two_sentences(word, entry):
    meaning, _ = entry
    sentences = re.findall(r"[^.]+\.(?:\s|$)", meaning.replace("W.T", "WT").replace("0.01", "001"))
    assert 1 <= len(sentences) <= 2
    assert all(len(sentence.split()) <= 25 for sentence in sentences)


def test_the_words_are_in_order():
    assert list(WORDS) == sorted(WORDS)


def test_its_words_and_links_keep_to_the_rules_of_the_pages():
    page = checks.read(write_glossary.PAGE)
    assert checks.wording(page) == []
    assert checks.links(page, checks.NOTEBOOKS, write_glossary.PAGE.name) == []


def test_it_gives_no_number_away():
    table = next(
        cell.source for cell in checks.read(write_glossary.PAGE).cells if cell.id == "symbols"
    )
    assert re.findall(r"\d\.\d", table) == []
