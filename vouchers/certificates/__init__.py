"""凭证: the certificate of a voucher, made once and kept, and its public check (验真). Owns certificates."""
