select 1 from sqlite_schema
where type = 'table' and name in ('workspaces_old', 'sessions_old', 'instances_old', 'chat_messages_old', 'output_chunks_old')
