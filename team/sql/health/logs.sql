-- How many logs there are, and how many diverged.
select count(*), count(*) filter (where g.state = 2) from retold.log g where g.tenant = any ($1)
