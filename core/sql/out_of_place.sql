-- Stretches that are said to be absent and are not, or where no store of a part is; bodies that are said to be withheld and are not.
select a.first from absent a
where not exists (select 1 from part)
    or exists (select 1 from event e where e.position between a.first and a.last)
    or exists (select 1 from absent b where b.first > a.first and b.first <= a.last)
union all
select w.position from withheld w left join event e on e.position = w.position
where e.position is null or e.body is not null or not exists (select 1 from part)
