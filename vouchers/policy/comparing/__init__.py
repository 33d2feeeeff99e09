"""Two versions of a pack compared: what is different, and how it is told."""
