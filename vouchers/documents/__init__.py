"""文书: PDF papers, QR codes, amounts in Chinese capitals and Chinese dates. Owns no tables."""
