insert into temp.text_candidate (hash, codec, size, bytes)
select ?1, ?2, ?3, ?4
where (select count(*) from temp.text_candidate where hash = ?1) < 32
    and not exists (select 1 from temp.text_candidate where hash = ?1 and codec is ?2 and size is ?3 and bytes is ?4)
