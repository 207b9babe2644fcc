-- An event asks what the range before it ends with.
create unique index absent_by_last on absent (last);
