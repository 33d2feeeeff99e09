"""公示: who is to be supported with how much, for everyone to see and to object.

Owns notices, notice_entries, objections.
"""
