select kind, sum(count), sum(case when masked then count else 0 end) from source_secrets
where workspace = ?1 and source = ?2 group by kind order by kind
