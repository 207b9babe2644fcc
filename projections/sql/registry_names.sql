select name, policy, paused from sidecar order by name;
