"""Figures as ratios, each taken in one run beside a baseline: `make bench`."""
