create temp view chat_messages as
select
    /*columns*/,
    retold_text(v.content_position) as content
from /*rows message_version v*/
where /*true v*/ /*own v*/;
