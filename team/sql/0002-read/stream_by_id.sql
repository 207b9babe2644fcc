create index stream_by_id on retold.stream (tenant, session_id)
