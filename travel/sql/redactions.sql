-- How often bodies went or came back: a keyframe from before holds what is not so now.
select (select count(*) from redaction) + (select count(*) from event where type in (20, 21))
