"""Coaching: all that helps somebody to dare a challenge and to do it well. Never a gate."""
