-- The rows of sessions that the reader may see.
create view retold_read.output_chunks with (security_invoker = true) as
select t.log, t.stream, t.instance, t.ordinal, t.position, t.bytes
from retold.output_chunks t where t.generation = (select retold.my_generation())
