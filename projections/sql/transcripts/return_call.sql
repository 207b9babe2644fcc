-- The last call of this id: an id may repeat.
update tool_calls set outcome = ?3, returned_position = ?4, returned_at = ?5, output_bytes = ?6
where stream = ?1 and position = (select max(position) from tool_calls where stream = ?1 and call_id = ?2)
