"""Live pictures in notebooks and pages, each look through the door."""
