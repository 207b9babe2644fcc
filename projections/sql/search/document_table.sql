-- What each text is. instance: the position of its agent's InstanceAdded.
create table search_document (
    position integer primary key,
    stream   integer not null,
    what     text    not null,   -- task, message, output, agent
    role     text,
    agent    text
) strict;
