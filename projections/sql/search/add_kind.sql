insert into search_kind (marks) values (?1) on conflict (marks) do update set marks = excluded.marks returning kind;
