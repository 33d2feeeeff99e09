"""文件: originals known by content, looked into in a limited child; pictures are drawn anew. Owns stored_files."""
