"""后台任务: background work as rows of the database, done by the embedded worker or by `flask jobs run`. Owns jobs."""
