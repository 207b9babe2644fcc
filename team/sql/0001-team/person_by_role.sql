create index person_by_role on retold.person (role) where role is not null
