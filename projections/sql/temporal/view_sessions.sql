-- The joins are left out where nothing of theirs is asked for.
create temp view sessions as
select
    /*columns*/,
    w.key as workspace_key
from /*rows session_version v*/
left join {at}.touch t on t.stream = v.stream and t.position = /*last v*/
left join main.workspace w on w.id = v.workspace
where /*true v*/ /*own v*/;
