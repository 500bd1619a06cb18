"""Expected refusals: each has a stable code for programs and a sentence for people."""

from typing import Any

from django.utils.functional import Promise


class Refusal(Exception):
    """Something that the rules of the university do not allow; nothing was changed.

    `code` is stable and is part of the interface; `message` is a translated sentence that says what to do.
    `status` is the HTTP status with which a view answers it; `extra` goes into a JSON answer beside them.
    """

    code = "refused"
    status = 422

    def __init__(
        self, message: str | Promise, *, code: str | None = None, status: int | None = None, **extra: Any
    ) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        if status is not None:
            self.status = status
        self.extra = extra

    def __str__(self) -> str:
        return str(self.message)
