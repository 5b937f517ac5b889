"""Targets of the networks and how they are decoded."""
