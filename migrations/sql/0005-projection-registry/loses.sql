-- What going down would lose: declarations and reasons that stand nowhere else.
select (select count(*) from sidecar_version where declaration is not null) + (select count(*) from sidecar_skip);
