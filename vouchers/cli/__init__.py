"""命令行: commands of the whole installation; each slice brings its own in `commands.py`. Owns no tables."""
