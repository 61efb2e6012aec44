"""nbgrader's settings for this course. What to set for your own is at the end."""

from ffnn_helpers.grading import configure

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "ffnn"
configure(c)

# A folder that all students and you may write to, for release_assignment, submit and collect:
# c.Exchange.root = "/srv/nbgrader/exchange"

# Show the right number beside a wrong one in the feedback:
# configure(c, reveal_answers=True)

# Seconds for one cell, and for all code of one student:
# c.RunCode.timeout = 30
# c.RunCode.total_timeout = 120

# The code of students runs in a fence, on Linux with bubblewrap. Elsewhere, mark what was worked
# by hand, and leave the code:
# c.Fence.code = "not run"
