"""The few errors that Lightkeeper raises. Each says what is wrong, where, and what to do next."""

from __future__ import annotations


class LightkeeperError(Exception):
    """Any failure that a person can act on.

    `what` says what is wrong, `remedy` what to do next, `where` names the file (and `:line`), if there is one.
    """

    exit_code = 1

    def __init__(self, what: str, *, remedy: str, where: str | None = None) -> None:
        self.what = what
        self.remedy = remedy
        self.where = where
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}. {self.remedy}"


class InputError(LightkeeperError):
    """A file, a line or an argument that cannot be read or does not make sense."""

    exit_code = 2


class CaseError(InputError):
    """A case file that is not valid. `where` is `file:line`."""


class ArchiveDamaged(LightkeeperError):
    """Stored bytes do not have the SHA-256 under which they are kept."""

    exit_code = 4


class SourceUnavailable(LightkeeperError):
    """A public source did not answer, or answered with an error. `retry_after_s` is the wait that it asks for."""

    exit_code = 5

    def __init__(self, what: str, *, remedy: str, where: str | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(what, remedy=remedy, where=where)
        self.retry_after_s = retry_after_s


class SetAside(InputError):
    """One record that could not be used. It is counted and reported; the run goes on (exit code 3 at the end)."""

    exit_code = 3
