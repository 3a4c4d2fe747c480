"""Run the command line as ``python -m coveragekit``."""

from coveragekit.cli import main

main()
