delete from usage_sums
where records = 0 and (quarter, stream, model, prompt) = (
    select quarter, stream, model, prompt from usage_records where workspace = ?1 and key = ?2 and counts
)
