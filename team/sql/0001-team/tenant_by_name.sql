create index tenant_by_name on retold.tenant (name)
