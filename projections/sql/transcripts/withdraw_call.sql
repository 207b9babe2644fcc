delete from tool_calls where stream = ?1 and position = ?2
