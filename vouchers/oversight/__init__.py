"""监督: cases and their decisions with all reasons, for those who oversee. Reads; each look leaves an event."""
