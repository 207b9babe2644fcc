-- Whether something of a session is pruned now.
select 1 from event e join pruned p on p.position = e.position where e.stream = ?1
