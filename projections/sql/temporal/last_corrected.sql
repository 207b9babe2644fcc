-- The last event of a stream (?1) that is corrected which counts from a time (?2) on.
select (select max(t.position) from {at}.touch t where t.stream = -s.stream and t.happened = ?2)
from {at}.stream_state s where s.stream = ?1 and s.corrected
