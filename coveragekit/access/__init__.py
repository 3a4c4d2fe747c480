"""The door: who may see which camera, for which purpose, and the line that says so."""

from coveragekit.access.answers import Decision, Work
from coveragekit.access.door import Door
from coveragekit.access.opening import open_door
from coveragekit.access.people import Purpose, User
from coveragekit.access.policy import Policy, read_policy

__all__ = [
    "Decision",
    "Door",
    "Policy",
    "Purpose",
    "User",
    "Work",
    "open_door",
    "read_policy",
]
