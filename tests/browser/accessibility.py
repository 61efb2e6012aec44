"""What axe says of a page, parted into what is ours and what is JupyterLab's own."""

from axe_playwright_python.sync_playwright import Axe

# JupyterLab's own: a rule, and the elements that it finds at fault in any notebook. All else is ours.
JUPYTERS_OWN = [
    ("aria-input-field-name", ".jp-Cell .cm-content"),  # the editor of a cell has no name
    ("aria-required-children", ".jp-WindowedPanel-viewport"),  # the list of cells
    ("button-name", ".jp-collapseHeadingButton"),  # folds what is beneath a heading
    # It writes no text alternative for a PNG; the cell after each figure says the same in words.
    ("image-alt", ".jp-RenderedImage > img"),
]
MATCHES = "(element, selector) => element.matches(selector)"


def violations(page, area):
    """Every violation in an area: the rule, its element, and what is wrong with it."""
    answer = Axe().run(page, area).response
    return [
        (found["id"], node["target"][-1], node["html"][:200], node["failureSummary"])
        for found in answer["violations"]
        for node in found["nodes"]
    ]


def violations_of_ours(page, area):
    def is_own(rule, target):
        element = page.locator(target).first
        return any(rule == own and element.evaluate(MATCHES, at) for own, at in JUPYTERS_OWN)

    return [found for found in violations(page, area) if not is_own(*found[:2])]
