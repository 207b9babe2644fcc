create index sessions_by_moved on retold.sessions (tenant, generation, moved_instant desc, stream desc)
