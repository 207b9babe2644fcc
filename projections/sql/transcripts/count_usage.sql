-- Of several sessions that know of a key, its own counts; of several own ones, the first that has the most.
update usage_records set counts = stream = (
    select stream from usage_records where workspace = ?1 and key = ?2 order by hearsay, output desc, stream limit 1
) where workspace = ?1 and key = ?2
