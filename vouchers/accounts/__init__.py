"""账号与权限: natural persons, their accounts, offices and appointments, sign-in and duties per case.

Owns offices, persons, users, appointments, sign_in_sessions, rate_counters, case_duties.
"""
