"""Kernels of the visibility room: NumPy arrays in, NumPy arrays out, compiled."""
