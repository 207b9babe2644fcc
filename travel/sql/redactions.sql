-- How often bodies went or came back, and how many are withheld: a keyframe from before holds what is not so now.
select (select count(*) from redaction) + (select count(*) from event where type in (20, 21)) + 4294967296 * (select count(*) from withheld)
