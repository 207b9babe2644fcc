-- When the first of what happened in sessions did.
select min(e.occurred_at) from event e join stream s on s.id = e.stream where s.ordinal > 0
