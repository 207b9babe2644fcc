-- The views are before the tables of the same name.
select name from pragma_table_list
where name = ?1 collate nocase and type <> 'shadow'
order by schema = 'temp' desc
limit 1
