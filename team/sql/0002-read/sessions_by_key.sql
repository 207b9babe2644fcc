create index sessions_by_key on retold.sessions (tenant, generation, key, revision, stream)
