-- Where commits come from that were written after a position.
select meta from event where position > ?1 and meta is not null
