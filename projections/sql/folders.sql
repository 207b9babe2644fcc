select key, path from workspaces where path is not null;
