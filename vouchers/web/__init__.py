"""The web foundation: forms, fields, refusals, headers, formats and downloads; no word of the trade."""
