insert or replace into stream_state
    (stream, settled, last, position, workspace, ordinal, created, deleted, messages, messages_moved, instances_moved,
     corrected, correcting)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
