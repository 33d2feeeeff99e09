"""站内信: messages to people, organisations and posts, left in the act's own transaction.

Owns messages, message_reads, mail_addresses. Those who gave a mail address get each message there as well.
"""
