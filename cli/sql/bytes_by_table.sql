-- Pages of each table with its indexes: https://sqlite.org/dbstat.html
select coalesce(s.tbl_name, d.name), null, sum(d.pgsize) as bytes
from dbstat d left join sqlite_schema s on s.name = d.name
where d.aggregate = true
group by 1
order by bytes desc, 1
