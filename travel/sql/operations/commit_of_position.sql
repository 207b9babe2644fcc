select own.position, own.recorded_at, own.type, own.meta
from event as any_of_it join event as own on own.position = any_of_it.commit_first
where any_of_it.position = ?1
