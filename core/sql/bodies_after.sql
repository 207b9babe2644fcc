select position, codec, body from event where position > ?1 and body is not null order by position
