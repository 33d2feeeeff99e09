"""申报企业: organisations that apply for vouchers, and their credit record. Owns enterprises, credit_records."""
