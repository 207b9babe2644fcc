select path from workspaces where key = ?1
