-- Erases what is made from positions, and marks their sessions to be made again; returns how many references to long texts there were.
select retold.erase_refs($1::bigint, $2::integer, $3::bigint[]), retold.mark_stale($1::bigint, $2::integer, $3::bigint[]),
    retold.erase_texts($1::bigint, $2::integer, $3::bigint[])
