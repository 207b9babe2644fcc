-- The first instance of a number; nothing keeps numbers unique.
select place from instances where stream = ?1 and instance_id = ?2 order by place limit 1
