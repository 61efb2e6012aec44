"""An instructor's way through nbgrader's formgrader in JupyterLab, on a course of ours."""

import pytest
from playwright.sync_api import expect

from tests.browser.jupyter import running
from tests.grading.course import HW1, lay_out, needs_fence, paper

pytestmark = [pytest.mark.slow, needs_fence, pytest.mark.xdist_group("test_formgrader")]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Lay out a course in which two have handed in, one of them with the other's numbers."""
    course = lay_out(tmp_path_factory.mktemp("formgrader"))
    course.nbgrader("generate_assignment", HW1)
    released = course.notebook("release", HW1)
    for student in ("ada", "blaise"):
        course.hand_in(student, HW1, paper(released, HW1, "ada"))
    return course


def test_a_class_is_graded_marked_by_hand_and_answered_in_the_formgrader(course, browser):
    with running(course.folder, course.home) as server:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{server.address}/lab?reset")
        page.get_by_role("menuitem", name="Nbgrader").click()
        page.get_by_role("menuitem", name="Formgrader").click()
        shown = page.frame_locator("iframe")

        shown.locator(".num-submissions").get_by_role("link", name="2").click()
        for student in ("ada", "blaise"):
            shown.get_by_role("row", name=student).locator(".autograde a").click()
            said = shown.get_by_role("dialog")
            expect(said).to_contain_text("Successfully autograded", timeout=60_000)
            expect(said).to_contain_text("/bwrap")  # its code ran in the fence
            said.get_by_role("button", name="OK").click()
            expect(said).to_have_count(0)
            expect(shown.get_by_role("row", name=student)).to_contain_text("needs manual grading")

        shown.get_by_role("link", name="Manual Grading").click()
        shown.get_by_role("link", name=HW1).click()
        shown.get_by_role("link", name=HW1).last.click()
        papers = shown.get_by_role("row", name="Submission #")
        expect(papers).to_have_count(2)
        expect(papers.locator(".needs-manual-grade .glyphicon-ok")).to_have_count(2)
        expect(papers.locator(".flagged .glyphicon-flag")).to_have_count(1)

        honest = papers.filter(has_not=shown.locator(".glyphicon-flag"))
        honest.get_by_role("link").click()
        expect(shown.locator("#observation_1_points")).to_have_attribute("placeholder", "7")
        for box, what, written in (
            ("#words", "grade", "4.5"),
            ("#words-comment", "comment", "Say why it is flat."),
        ):
            with page.expect_response(f"**/formgrader/api/{what}/*"):
                shown.locator(box).fill(written)
                shown.locator(box).blur()

        shown.get_by_role("link", name="Manual Grading").click()
        shown.get_by_role("link", name="Manage Assignments").click()
        shown.locator(".num-submissions").get_by_role("link", name="2").click()
        row = shown.get_by_role("row", name="ada")
        expect(row).to_contain_text("graded")
        row.locator(".generate-feedback a").click()
        said = shown.get_by_role("dialog")
        expect(said).to_contain_text("Successfully generated feedback", timeout=60_000)
        page.close()
    assert course.marks(HW1, "ada")["words"] == 4.5
    assert "Say why it is flat." in course.feedback(HW1, "ada")
    assert course.is_flagged(HW1, "blaise")
