"""Draw what people print, show and file: the proof of why a place is seen or not."""

__all__: list[str] = []
