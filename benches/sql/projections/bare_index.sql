create index message_row_by_stream on message_row (stream);
