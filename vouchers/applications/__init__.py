"""申报: an enterprise asks for a voucher; the case begins here and keeps its scheme version for good.

Owns applications, application_documents, submissions, correction_requests.
"""
