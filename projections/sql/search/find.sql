-- The best of the newest finds: every find more costs time, whatever its rank.
with hit as materialized (
    select d.position, d.what, d.role, d.agent, s.workspace, s.session_id, s.ordinal, s.type, s.status, s.lists, h.rank as score
    from search_text(:query) h
        cross join search_document d on d.position = h.rowid
        cross join search_session s on s.stream = d.stream
    where s.deleted = 0
        and (:workspace is null or s.workspace = :workspace)
        and (:session is null or s.stream = :session)
        and (:type is null or s.type = :type)
        and (:status is null or s.status = :status)
        and (:what is null or d.what = :what)
        and (:role is null or d.role = :role)
        and (:agent is null or d.agent = :agent)
        and (:events is null or d.position in (select value from json_each(:events)))
        and (
            :having is null
            or not exists (
                select 1 from json_each(:having) wanted
                where not exists (
                    select 1 from json_each(s.lists, '$.' || (wanted.value ->> 0)) one
                    where one.value = wanted.value ->> 1
                )
            )
        )
    order by h.rowid desc
    limit :most
)
select position, what, role, agent, workspace, session_id, ordinal, type, status, lists
from hit
order by score, position desc;
