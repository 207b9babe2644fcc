insert into main.stream (id, workspace, session_id, ordinal)
select id, workspace, session_id, ordinal from damaged.stream
