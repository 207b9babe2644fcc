select agent from tool_calls where stream = ?1 and call_id = ?2 and agent is not null order by position limit 1
