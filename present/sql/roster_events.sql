-- The events of a stream that change which instances it has; few of very many.
select position from event
where stream = :stream and type in (:created, :added, :removed, :changed)
order by revision
