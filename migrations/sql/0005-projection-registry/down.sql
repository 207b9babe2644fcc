drop table sidecar_skip;
drop table sidecar_file;
drop table sidecar_version;
drop table sidecar;
