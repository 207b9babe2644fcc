-- Serves messages by when they were written.
create index if not exists messages_by_time/*n*/ on chat_messages/*gen*/ (instant);
