select s.settled, s.last, s.position, s.workspace, s.ordinal, s.created, s.deleted, s.messages, s.messages_moved,
    s.instances_moved, e.happened, s.corrected, s.correcting
from stream_state s join event_time e on e.position = s.position
where s.stream = ?1
