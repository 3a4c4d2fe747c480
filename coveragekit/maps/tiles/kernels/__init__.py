"""Draw arrays of shapes and points into arrays of pixels; NumPy and numba only."""
