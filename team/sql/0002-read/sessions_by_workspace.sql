create index sessions_by_workspace on retold.sessions (tenant, generation, workspace, moved_instant desc, stream desc)
