"""What goes wrong because of what the caller gave: one clear sentence each, never a traceback at the CLI."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class ShinrenkeiError(Exception):
    """The root of every error that a caller can mend."""


class InputError(ShinrenkeiError, ValueError):
    """A value, a column, a file or a parameter is not what was expected."""


class UnknownNameError(InputError, KeyError):
    """A name that stands in no list; the message offers the closest one."""

    def __str__(self) -> str:
        """Return the sentence itself, where ``KeyError`` would put it in quotes."""
        return str(self.args[0])


class BuildError(ShinrenkeiError):
    """A printed table could not be made tidy, or the processed tables are not what the build gives."""


def unknown_name(kind: str, name: object, known: Iterable[str]) -> UnknownNameError:
    """Return the error for a name that is not among ``known``, with the closest match.

    Examples
    --------
    >>> print(unknown_name("table", "plan_count", ["plan_counts", "loan_amounts"]))
    Unknown table 'plan_count'; did you mean 'plan_counts'? Known: loan_amounts, plan_counts.
    """
    names = sorted(known)
    close = get_close_matches(str(name), names, n=1, cutoff=0.5)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    return UnknownNameError(f"Unknown {kind} {name!r}{hint} Known: {', '.join(names)}.")
