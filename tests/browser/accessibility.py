"""What axe says of a page, parted into what is ours and what is JupyterLab's own."""

from axe_playwright_python.base import AXE_SCRIPT

# JupyterLab's own: a rule, and the elements that it finds at fault in any notebook. All else is ours.
JUPYTERS_OWN = [
    ("aria-input-field-name", ".jp-Cell .cm-content"),  # the editor of a cell has no name
    ("aria-required-children", ".jp-WindowedPanel-viewport"),  # the list of cells
    ("button-name", ".jp-collapseHeadingButton"),  # folds what is beneath a heading
    # A formula: MathJax gives it to screen readers as MathML, which axe does not read.
    ("empty-table-header", "th:has(mjx-assistive-mml math)"),
    # It writes no text alternative for a PNG; the cell after each figure says the same in words.
    ("image-alt", ".jp-RenderedImage > img"),
]
FIND = """async ([area, own]) => {
    const { violations } = await axe.run(area, { resultTypes: ["violations"], elementRef: true });
    const isOwn = (rule, element) => own.some(([name, at]) => name === rule && element.matches(at));
    return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ element, html, failureSummary }) => ({
            rule: id, element: html.slice(0, 200), summary: failureSummary, isOwn: isOwn(id, element),
        })));
}"""


def violations(page, area):
    """Every violation in an area: its rule, its element, what is wrong, and whether it is JupyterLab's own."""
    page.evaluate(AXE_SCRIPT)
    return page.evaluate(FIND, [area, JUPYTERS_OWN])


def violations_of_ours(page, area):
    return [found for found in violations(page, area) if not found["isOwn"]]
