insert into tool_calls (stream, position, call_id, message_id, instance_id, name, kind, called_at, input_bytes, agent)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
