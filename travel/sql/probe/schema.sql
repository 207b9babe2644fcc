-- One session, as it is at some moment. The columns are called as in the read models. Texts are columns that are computed
-- where they are read, so that SQLite tells an expression that reads them from one that does not.
create table session (
    only integer primary key check (only = 1),
    /*session types*/, extra text, /*record types*/, instance_count integer, message_count integer
);
create table instances (
    place integer, /*instance types*/, extra text, output_bytes integer,
    output text generated always as (retold_output(place)) virtual
);
create index instances_by_place on instances (place);
create table messages (
    place integer, /*message types*/, extra text, text_or_blob, content_bytes integer,
    content text generated always as (retold_load(text_or_blob)) virtual
);
create index messages_by_place on messages (place);
-- As the read models call them. A view is taken to read all that it could.
create view chat_messages as
select place, /*message*/, extra, content_bytes, content from messages;
create view sessions as
select /*session*/, extra, /*records*/, instance_count, message_count
from session;
