update tool_calls set outcome = null, returned_position = null, returned_at = null, output_bytes = null
where stream = ?1 and returned_position = ?2
