-- Whether a key names a commit of the log, or a write that changed nothing.
select 1
where case
    when ?1 = 0 then ?2 between 0 and coalesce((select max(position) from event), 0)
    else ?1 <= ?2
        and exists (select 1 from event where position = ?1 and commit_first = ?1)
        and exists (select 1 from event where position = ?2 and commit_first = ?1)
end
