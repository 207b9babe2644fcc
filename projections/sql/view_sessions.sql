-- The join is left out where workspace_key is not asked for.
create temp view sessions as
select
    /*columns*/,
    w.key as workspace_key
from main.sessions t left join main.workspaces w on w.workspace = t.workspace;
