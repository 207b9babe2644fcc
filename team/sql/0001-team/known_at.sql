-- The last position up to `p` whose hash is known, the parents' among them, and that hash.
create function retold.known_at(t bigint, l integer, p bigint, out at_position bigint, out hash bytea) stable language plpgsql set search_path = pg_catalog as $$
declare g record;
begin
    select x.parent, x.parent_until into g from retold.log x where x.tenant = t and x.log = l;
    if p <= g.parent_until and g.parent is not null then
        select k.at_position, k.hash into at_position, hash from retold.known_at(t, g.parent, p) k;
        return;
    end if;
    select u.at_position, u.hash into at_position, hash from (
        (select e.position as at_position, e.hash from retold.event e where e.tenant = t and e.log = l and e.position <= p order by e.position desc limit 1)
        union all
        (select a.last, a.hash_at_last from retold.absent a where a.tenant = t and a.log = l and a.last <= p order by a.first desc limit 1)
    ) u order by u.at_position desc limit 1;
    if at_position is null and g.parent is not null then
        select k.at_position, k.hash into at_position, hash from retold.known_at(t, g.parent, g.parent_until) k;
    elsif at_position is null then
        at_position := 0;
        hash := decode(repeat('00', 32), 'hex');
    end if;
end $$
