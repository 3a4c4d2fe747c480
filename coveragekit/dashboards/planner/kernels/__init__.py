"""Loops over events and places behind the planner's numbers."""
