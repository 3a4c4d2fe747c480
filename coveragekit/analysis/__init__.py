"""Say what the numbers mean: whether cameras are where the harm is."""

from coveragekit.analysis.concentration import Concentration, concentration
from coveragekit.analysis.prediction import hot_spot_quality, prediction_accuracy_index

__all__ = [
    "Concentration",
    "concentration",
    "hot_spot_quality",
    "prediction_accuracy_index",
]
