"""What is asked of a pack before it may be published: words, clauses, numbers, fairness, cases."""
