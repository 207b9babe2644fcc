-- A response is a message id, whether it says something, thinks or calls. What agents inside the session did is not counted.
select stream, what, count(*) from (
    select stream, 'user' as what, id from chat_messages where role = 'user' and instance_id is null
    union
    select stream, 'assistant', id from chat_messages where role = 'assistant' and instance_id is null
    union
    select stream, 'assistant', message_id from tool_calls where message_id is not null and instance_id is null
    union
    select stream, 'tool_calls', call_id from tool_calls where instance_id is null
    union
    select stream, 'tool_results', call_id from tool_calls where instance_id is null and outcome is not null
    union
    select stream, 'tool_errors', call_id from tool_calls where instance_id is null and outcome in ('error', 'denied')
    union
    select stream, iif(change = 'compacted', 'compactions', 'rewinds'), position from context_changes
) group by stream, what
