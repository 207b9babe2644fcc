select type, schema_version, hash, codec, salt, body from event
where type = (select id from event_type where name = 'MessageAdded')
order by position
