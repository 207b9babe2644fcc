-- What going down would lose.
select count(*) from lineage;
