"""备份: one consistent copy of data and originals, restored only into an empty place and verified there."""
