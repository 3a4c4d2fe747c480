"""Run Voila on one notebook with the engine's own settings, until standard input ends."""

from __future__ import annotations

import os
import signal
import sys
import threading

from traitlets.config import Config
from voila.app import Voila

from coveragekit.dashboards.engine import HERE, settings
from coveragekit.dashboards.serving import Serving


def main(notebook: str, port: int) -> None:
    """Serve the notebook on this machine alone."""
    os.environ["JUPYTER_PATH"] = str(HERE)
    app = Voila.instance(config=Config(settings(Serving(preheat=0), port=port)))
    app.initialize([notebook])
    threading.Thread(target=_stop_at_end, daemon=True).start()
    app.start()


def _stop_at_end() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
