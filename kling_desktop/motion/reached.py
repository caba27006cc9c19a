"""How a host is reached from this computer, and what a test of that came to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .job import JobError


class Met(StrEnum):
    """What was met at a host that took the connection."""

    SILENCE = "silence"  # no answer in time, or a cut
    SIGN_IN = "sign_in"  # the network itself wants a person to sign in


@dataclass(frozen=True, slots=True)
class WayThere:
    """What a request to a host goes through, and who is trusted. Never a password."""

    host: str
    is_secure: bool = True
    is_here: bool = False  # on this computer: never through a proxy
    proxy: str = ""  # proxy.example.com:8080; empty: none
    proxy_from: str = ""  # a variable of the environment; empty: the system's settings
    bundle: str = ""  # a file of certificates
    bundle_from: str = ""  # the variable that names it; empty: what this computer trusts
    bundle_is_all: bool = False  # it stands in the place of all others
    problem: JobError | None = None  # there is no way, as it is set


@dataclass(frozen=True, slots=True)
class Tried:
    """A test of one host."""

    way: WayThere
    issuer: str = ""  # who issued the certificate that it showed
    problem: JobError | None = None  # why it was not reached
    met: Met | None = None  # it was, and that was all

    @property
    def answers(self) -> bool:
        return self.problem is None and self.met is None
