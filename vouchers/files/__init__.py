"""文件: originals kept as received, known by content, parsed only in a limited child. Owns stored_files."""
