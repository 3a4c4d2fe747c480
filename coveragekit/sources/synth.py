"""Make up incidents, calls and camera aims for a town, the same for the same seed."""

from __future__ import annotations

from coveragekit.sources.synth_calls import simulate_calls
from coveragekit.sources.synth_cameras import simulate_camera_aims
from coveragekit.sources.synth_incidents import simulate_incidents

__all__ = ["simulate_calls", "simulate_camera_aims", "simulate_incidents"]
