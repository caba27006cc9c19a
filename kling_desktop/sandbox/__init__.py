"""The embedded stand-in for the service: real HTTP on loopback, real videos, no account."""

from .faults import KINDS, ROUTES, Fault, Faults
from .prompt_words import PROMPT_FAULTS
from .server import SeenRequest
from .service import Sandbox, run
from .tasks import Task, TaskState

__all__ = [
    "KINDS",
    "PROMPT_FAULTS",
    "ROUTES",
    "Fault",
    "Faults",
    "Sandbox",
    "SeenRequest",
    "Task",
    "TaskState",
    "run",
]
