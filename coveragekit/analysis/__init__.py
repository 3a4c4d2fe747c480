"""Say what the numbers mean: whether cameras are where the harm is."""

__all__: list[str] = []
