"""Hostile browsers, input, files and exports, against the demonstration; a part at every run, all of it in a siege."""

import os

SIEGE = os.environ.get("SIEGE") == "full"
