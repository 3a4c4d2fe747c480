"""Numba kernels of the coverage room: arrays in, arrays out."""
