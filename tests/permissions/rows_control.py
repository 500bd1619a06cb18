"""Rows of filling control: scopes that are controlled, and teachers, who see their own lessons."""

from tests.permissions.rows import Row

CONTROLS = (
    "head",
    "far_head",
    "office",
    "dean",
    "far_dean",
    "study",
    "leadership",
    "teacher",
    "colleague",
    "other",
    "substitute",
)

ROWS = [
    Row("unfilled", lambda c: "/control/unfilled/", {200: CONTROLS}),
    Row("unfilled", lambda c: "/control/unfilled/?show=teachers", {200: CONTROLS}),
]
