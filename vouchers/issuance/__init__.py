"""发券: vouchers come into being, are frozen, voided, and expire. Owns vouchers."""
