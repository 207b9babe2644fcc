-- What is in the quarantine, and whether any of the same bytes wait there still.
select digest, min(resolved_at is not null) from quarantine group by digest
