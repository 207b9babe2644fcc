-- A name that is none would end every list that it is in, whoever's it is.
alter table retold.workspace add constraint key_is_text check (retold.is_text(key))
