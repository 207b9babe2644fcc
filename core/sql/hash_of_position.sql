-- Of a stretch that a part of a log lacks, the hash at its end is known.
select hash from event where position = ?1
union all select hash from absent where last = ?1
limit 1
