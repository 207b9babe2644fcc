select 1 from (
    select position, hash, body from event where position = ?1
    union all
    select position, hash, body from temp.candidate where position = ?1
)
where hash is ?2 and body is ?3
