"""One city in one folder: its inputs, its build and its results."""

from coveragekit.study.create import Inputs, create_study, write_study
from coveragekit.study.demo import create_demo
from coveragekit.study.folder import Results
from coveragekit.study.settings import Input, Parameters, Settings
from coveragekit.study.study import Study
from coveragekit.study.synth import create_city

__all__ = [
    "Input",
    "Inputs",
    "Parameters",
    "Results",
    "Settings",
    "Study",
    "create_city",
    "create_demo",
    "create_study",
    "write_study",
]
