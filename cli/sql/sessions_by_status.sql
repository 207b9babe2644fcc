-- How many sessions there are of each status.
select status, count(*) from sessions group by status
