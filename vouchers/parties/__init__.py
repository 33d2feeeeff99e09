"""主体: organisations, their names and numbers, who acts for them, their accounts at banks and the facts about them.

An organisation is one identity through renamings and mergers; enterprise and provider are what it does.
Owns organisations, former_names, control_links, successions, mandates, bank_accounts, facts.
"""
