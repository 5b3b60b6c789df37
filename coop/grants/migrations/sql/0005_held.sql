-- What an access in a state rests on, in one statement: it stands in the way of every request.

-- It runs with the rights of whoever asks, behind the same walls as three statements would; a
-- function keeps its plans for the session. Who asks outside a scope is refused, not told of nothing.
CREATE FUNCTION sec.held_in(wanted_state text, asking uuid, as_of timestamptz)
RETURNS TABLE (owner uuid, permissions text[], grants jsonb)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF sec.action() IS NULL THEN
        RAISE EXCEPTION 'no scope is open' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY
    SELECT s.owner,
        ARRAY(SELECT p.codename::text FROM public.organizations_organization AS o
              JOIN public.grants_stategroupobjectpermission AS m ON m.group_id = o.group_id
              JOIN public.auth_permission AS p ON p.id = m.permission_id
              WHERE o.id = asking AND m.content_object_id = s.code),
        coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                'id', g.id, 'purpose', g.purpose, 'groups', g.groups, 'actions', g.actions,
                'whole_state', g.whole_state, 'cap_voters_month', g.cap_voters_month)
                ORDER BY g.created_at, g.id)
            FROM public.grants_grant AS g
            WHERE g.grantee = asking AND g.state_id = s.code AND g.status = 'active'
              AND g.starts_at <= as_of AND g.ends_at > as_of), '[]')
    FROM public.jurisdictions_state AS s WHERE s.code = wanted_state;
END $$;
GRANT EXECUTE ON FUNCTION sec.held_in(text, uuid, timestamptz) TO coop_app;
