-- Moves the bodies of a log from before a day that are not content to where they stay.
update retold.body b set received = '-infinity'
where b.tenant = $1 and b.log = $2 and b.received < $3::text::date and b.received > '-infinity'
    and (select e.type from retold.event e where e.tenant = b.tenant and e.log = b.log and e.position = b.position) = any ($4)
