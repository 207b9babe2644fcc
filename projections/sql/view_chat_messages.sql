create temp view chat_messages as
select
    /*columns*/,
    retold_text(t.content_position) as content
from main.chat_messages t;
