-- Finds a log, or makes it: the numbers by which it is shipped. Answers ATTACHED, PARENT (ship the parent first), UPGRADE or REFUSED.
create function retold.attach_1(
    log_id bytea, format smallint, parent_id bytea, parent_until bigint, parent_hash bytea, device_name text,
    level smallint, whole boolean, client_now timestamptz, protocol_min integer, protocol_max integer,
    out answer text, out reason text, out tenant bigint, out log integer, out head bigint, out head_hash bytea,
    out at_level smallint, out is_whole boolean, out level_max smallint
) language plpgsql security definer set search_path = pg_catalog set lock_timeout = '2s' as $$
#variable_conflict use_variable
declare m record; g record; d integer; parent_log integer; known_position bigint; known_hash bytea; zero constant bytea := decode(repeat('00', 32), 'hex');
begin
    if protocol_min > 1 or protocol_max < 1 then
        answer := 'UPGRADE'; reason := '1'; return;
    end if;
    select * into m from retold.me();
    if m.tenant is null then
        answer := 'REFUSED'; reason := format('the role %s is no person of a team here', session_user); return;
    end if;
    tenant := m.tenant;
    if length(log_id) <> 16 or format <> 1 then
        answer := 'REFUSED'; reason := 'only logs of format 1 are taken'; return;
    end if;
    select t.level into level_max from retold.tenant t where t.tenant = m.tenant;
    select x.*, y.person as owner into g from retold.log x join retold.device y on y.tenant = x.tenant and y.device = x.device
        where x.tenant = m.tenant and x.log_id = attach_1.log_id and x.branch = 0;
    if g.log is null then
        -- Numbers of devices and logs are given under this lock: the tenant's row is for shipments alone.
        perform pg_advisory_xact_lock(hashtextextended('retold numbers', m.tenant));
        select x.*, y.person as owner into g from retold.log x join retold.device y on y.tenant = x.tenant and y.device = x.device
            where x.tenant = m.tenant and x.log_id = attach_1.log_id and x.branch = 0;
    end if;
    if g.log is not null and g.owner <> m.person then
        answer := 'REFUSED'; reason := 'this log was shipped by another person'; return;
    end if;
    if g.log is null then
        if parent_id is not null then
            -- Only of a log of the same person: what is erased in this one is erased in that one too.
            select x.log into parent_log from retold.log x join retold.device y on y.tenant = x.tenant and y.device = x.device and y.person = m.person
                where x.tenant = m.tenant and x.log_id = parent_id and x.branch = 0;
            if parent_log is not null then
                select k.at_position, k.hash into known_position, known_hash from retold.known_at(m.tenant, parent_log, parent_until) k;
            end if;
            if parent_log is null or known_position is distinct from parent_until or known_hash is distinct from parent_hash then
                answer := 'PARENT'; return;
            end if;
        end if;
        select y.device into d from retold.device y where y.tenant = m.tenant and y.person = m.person and y.name = device_name;
        if d is null then
            select coalesce(max(y.device), 0) + 1 into d from retold.device y where y.tenant = m.tenant;
            insert into retold.device (tenant, device, person, name, scopes) values (m.tenant, d, m.person, device_name, 3);
        end if;
        select coalesce(max(x.log), 0) + 1 into log from retold.log x where x.tenant = m.tenant;
        insert into retold.log (tenant, log, log_id, parent, parent_until, device, head, head_hash, format, level, whole)
            values (m.tenant, log, log_id, parent_log, case when parent_log is null then 0 else parent_until end, d,
                case when parent_log is null then 0 else parent_until end, coalesce(parent_hash, zero), format, level, whole);
        if parent_log is not null then
            update retold.log x set state = 1 where x.tenant = m.tenant and x.log = parent_log and x.head = parent_until and x.state = 0;
        end if;
        select x.* into g from retold.log x where x.tenant = m.tenant and x.log = attach_1.log;
    end if;
    if retold.may_ship(m.tenant, g.log) is null then
        answer := 'REFUSED'; reason := 'the device was revoked, or the log is retired'; return;
    end if;
    answer := 'ATTACHED'; log := g.log; head := g.head; head_hash := g.head_hash; at_level := g.level; is_whole := g.whole;
    update retold.log x set skew = client_now - clock_timestamp()
        where x.tenant = m.tenant and x.log = g.log and abs(extract(epoch from coalesce(x.skew, interval '0') - (client_now - clock_timestamp()))) > 5;
end $$
