-- How often bodies went or came back: rows of the past that were made before are others now.
select (select count(*) from redaction) + (select count(*) from event where type in (20, 21))
