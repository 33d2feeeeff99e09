"""政策: schemes, their versions frozen once published, application windows; a plan's rules as data, evaluated purely.

Owns the tables schemes, scheme_versions and windows.
"""
