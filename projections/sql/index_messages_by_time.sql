-- Serves messages by when they were written.
create index messages_by_time/*gen*/ on chat_messages/*gen*/ (instant);
