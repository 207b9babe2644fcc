-- Notes up to where a log was verified: by who may read all of it, where its hash there is that one. Returns whether it is.
create function retold.verified_1(t bigint, l integer, upto bigint, upto_hash bytea) returns boolean language plpgsql security definer set search_path = pg_catalog set lock_timeout = '2s' as $$
begin
    if not pg_has_role(session_user, 'retold_worker', 'member') or (select k.at_position <> upto or k.hash <> upto_hash from retold.known_at(t, l, upto) k) then
        return false;
    end if;
    update retold.log x set verified = greatest(x.verified, upto) where x.tenant = t and x.log = l and x.head >= upto;
    return found;
end $$
