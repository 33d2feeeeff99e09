"""运行: whether the installation is well, what waits to be done, and figures for a monitor. Owns no table."""
