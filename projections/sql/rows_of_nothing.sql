-- Rows of streams that the log does not have.
select 'sessions' as model, stream from sessions where stream not in (select id from stream)
union
select 'instances', stream from instances where stream not in (select id from stream)
union
select 'chat_messages', stream from chat_messages where stream not in (select id from stream)
union
select 'output_chunks', stream from output_chunks where stream not in (select id from stream)
