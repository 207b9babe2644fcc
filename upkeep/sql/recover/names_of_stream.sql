select w.key, s.session_id, s.ordinal
from temp.stream_name s join temp.workspace_name w on w.workspace = s.workspace
where s.stream = ?1
