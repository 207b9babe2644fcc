create temp view workspaces as select workspace, key, path, hashes from main.workspaces;
