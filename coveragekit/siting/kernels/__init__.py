"""Kernels: arrays in, arrays out, compiled."""
