"""The door: who may see which camera, for which purpose, and the line that says so."""
