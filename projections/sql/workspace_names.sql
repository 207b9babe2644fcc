select key, path from workspaces where workspace = ?1
