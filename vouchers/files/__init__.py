"""文件: originals as received, stored once by content and never served without a permission check. Owns stored_files."""
