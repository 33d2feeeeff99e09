"""算力服务商: admission and the catalogue of offerings.

Owns providers, provider_documents, admissions, offerings, offering_prices.
"""
