-- For how many months teams keep what was said.
select t.tenant, t.name, t.body_months from retold.tenant t where t.tenant = any ($1) order by t.name
