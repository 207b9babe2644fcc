-- Tokens that count, in groups.
select
    case ?1
        when 'tool' then w.key
        when 'session' then s.id
        when 'day' then strftime('%Y-%m-%d', u.used_at / 1000000, 'unixepoch')
        else u.model
    end as grouped,
    sum(u.input), sum(u.cache_read), sum(u.cache_write), sum(u.output), sum(u.reasoning), count(*)
from usage_records u
    left join workspaces w on w.workspace = u.workspace
    left join sessions s on s.stream = u.stream
where u.counts and (?2 is null or u.used_at >= ?2) and (?3 is null or u.used_at < ?3)
group by 1 order by sum(u.input) + sum(u.output) desc limit ?4
