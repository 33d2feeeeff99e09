"""审核: tasks by stage, opinions with reasons, recusal. Owns review_tasks, opinions, recusals."""
