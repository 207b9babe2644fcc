delete from workspaces/*gen*/ where workspace = ?1
