select position from pruned p
where not exists (select 1 from event e where e.position = p.position)
