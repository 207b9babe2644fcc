select 1 from event
where stream = ?1 and revision <= ?2 and type = ?3
    and not exists (select 1 from projection_skip where name = ?4 and building = ?5 and position = event.position)
order by revision
