"""Losses of heads and between views."""
