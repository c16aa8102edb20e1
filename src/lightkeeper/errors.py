"""The few errors that Lightkeeper raises. Each says what is wrong, where, and what to do next."""

from __future__ import annotations

import errno


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
        return printable(f"{place}{self.what}. {self.remedy}", keep="\n")


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


_REMEDIES = {
    errno.ENOSPC: "Free some space, or name a folder on another disk; then run it again",
    errno.EDQUOT: "Your quota is used up: free some space, or name a folder on another disk; then run it again",
    errno.EFBIG: "The file may not grow so large here: name a folder on another disk, or raise the limit (ulimit -f)",
    errno.EROFS: "The disk is read-only: name a folder on another one",
    errno.EACCES: "Ask for the right to it, or name another file or folder",
    errno.EPERM: "Ask for the right to it, or name another file or folder",
    errno.ENOENT: "Check the name",
    errno.ENOTDIR: "A file stands where a folder should be: move it away, or name another folder",
    errno.EEXIST: "A file stands where a folder should be: move it away, or name another folder",
    errno.EISDIR: "A folder stands where a file should be: move it away, or name another file",
    errno.ENAMETOOLONG: "Give a shorter name",
    errno.EMFILE: "The process may open too few files: raise the limit (ulimit -n 1024), and run it again",
    errno.ENFILE: "The machine has too many files open: end other programs, and run it again",
    errno.ELOOP: "Links lead in a circle: name the file itself",
}


def of_the_system(error: OSError, where: str | None = None) -> LightkeeperError:
    """What the operating system refused, as a sentence with what to do."""
    place = where or (str(error.filename) if error.filename else None)
    said = error.strerror or str(error) or type(error).__name__
    remedy = _REMEDIES.get(error.errno or 0, "Check the disk, the name and your rights, then run it again")
    return LightkeeperError(printable(said, "\n"), remedy=remedy, where=printable(place, "\n") if place else None)


def printable(text: str, keep: str = "") -> str:
    """Text of a system, a library or a file name, with what cannot be printed written out: it may be a stranger's.

    Characters of `keep` stay as they are.
    """
    return "".join(
        c if c.isprintable() or c in keep else c.encode("unicode_escape", "surrogatepass").decode() for c in text
    )
