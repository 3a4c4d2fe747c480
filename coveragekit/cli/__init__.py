"""The command ``coveragekit``: rooms joined for people at a terminal."""

from coveragekit.cli.main import main

__all__ = ["main"]
