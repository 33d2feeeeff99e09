"""登录方式: what stands beside name and password: recovery codes, links to set a password, the identity provider.

Owns recovery_codes, one_time_links, identity_links, factor_resets. Sessions, passwords and TOTP belong to accounts.
"""
