-- What is free inside of pages: https://sqlite.org/dbstat.html
select coalesce(sum(unused), 0), sum(pgsize) from dbstat where aggregate = true
