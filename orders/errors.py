"""The one error tree, shared by logs, API and screens.

::

    SluiceError                     code, message_zh, message_en, problems
    ├── SenderError                 the sender's fault; says which field and what to do
    │   ├── InvalidOrder            cannot be an order (fields named by JSON pointer)
    │   ├── UnreadableDocument      cannot be read (encrypted, empty, too large, ...)
    │   ├── Conflict                same key, other content; or a stale version
    │   ├── NotFound                no such thing, or not visible to the caller
    │   ├── Forbidden               the caller's role does not allow it
    │   └── Refused                 a command that the state, a hold or a limit does not allow
    ├── RuleAuthorError             a rule file is wrong: file, line, column, suggestion
    ├── InternalError               our fault (engine, database, a broken invariant)
    └── TransportError              an outside system's fault; ``permanent`` says whether to retry

Holds, shortages, duplicates and low confidence are values, never exceptions.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding about one place of the input.

    ``pointer`` is an RFC 6901 JSON pointer (``/lines/0/quantity``), a cell (``Sheet1!B7``) or ``page 3``.
    ``candidates`` are the nearest right values, best first.
    """

    pointer: str
    code: str
    message_zh: str
    message_en: str
    candidates: tuple[str, ...] = ()


class SluiceError(Exception):
    """Base of every expected error: a stable code and a message that says what to do next."""

    code = "error"

    def __init__(
        self,
        message_en: str,
        message_zh: str = "",
        *,
        code: str | None = None,
        problems: tuple[Problem, ...] = (),
    ) -> None:
        super().__init__(message_en)
        self.message_en = message_en
        self.message_zh = message_zh or message_en
        self.problems = problems
        if code is not None:
            self.code = code


class SenderError(SluiceError):
    """The sender can mend it."""

    code = "bad_request"


class InvalidOrder(SenderError):
    """The content cannot be an order; ``problems`` names each field."""

    code = "invalid_order"


class UnreadableDocument(SenderError):
    """The document cannot be read; the original is kept."""

    code = "unreadable_document"


class Conflict(SenderError):
    """The same key came with other content, or the version is stale."""

    code = "conflict"

    def __init__(
        self, message_en: str, message_zh: str = "", *, code: str | None = None, existing_id: str | None = None
    ) -> None:
        super().__init__(message_en, message_zh, code=code)
        self.existing_id = existing_id


class NotFound(SenderError):
    """There is no such thing, or the caller may not see it."""

    code = "not_found"


class Forbidden(SenderError):
    """The caller is known but has no right to this."""

    code = "forbidden"


class Refused(SenderError):
    """The state, a hold or a limit does not allow the command now."""

    code = "refused"


class RuleAuthorError(SluiceError):
    """A rule file is wrong; says file, line, column, the reason and the nearest right name."""

    code = "rule_file"

    def __init__(
        self, message_en: str, message_zh: str = "", *, file: str, line: int = 0, column: int = 0, suggestion: str = ""
    ) -> None:
        where = f"{file}:{line}:{column}: " if line else f"{file}: "
        super().__init__(where + message_en, where + (message_zh or message_en))
        self.file = file
        self.line = line
        self.column = column
        self.suggestion = suggestion
        self.plain_en, self.plain_zh = message_en, message_zh or message_en
        """The same without the place, for whoever did not write the file."""


class InternalError(SluiceError):
    """Our fault; the order is kept and held."""

    code = "internal"


class TransportError(SluiceError):
    """An outside system failed. ``permanent`` means that sending the same again cannot succeed.

    ``retry_after_s``: how long it asked to be left alone.
    """

    code = "transport"

    def __init__(
        self,
        message_en: str,
        message_zh: str = "",
        *,
        permanent: bool,
        code: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message_en, message_zh, code=code)
        self.permanent, self.retry_after_s = permanent, retry_after_s
