create temp view workspaces as
select
    s.workspace, w.key, v.path, coalesce(v.hashes, json_array(w.key)) as hashes
from {at}.workspace_seen s
join main.workspace w on w.id = s.workspace
left join {at}.workspace_version v on v.workspace = s.workspace and /*true v*/
where /*since s*/;
