-- Open streams are judged together: one statement tells for each of them whether its
-- principal still stands, and whether its organization still has to do with the state.
-- It answers a worker's scope alone, since it speaks of every organization.
GRANT SELECT (id, is_active) ON organizations_person TO coop_policy;

SET LOCAL ROLE coop_policy;
CREATE FUNCTION sec.followers(in_states text[], in_organizations uuid[], in_principals uuid[])
RETURNS TABLE (nth bigint, held text[], standing_role text, related boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF coalesce(sec.action(), '') <> 'work' THEN
        RAISE EXCEPTION 'followers are judged by a worker' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY
    SELECT f.nth,
        (SELECT c.permissions::text[] FROM public.organizations_credential AS c
         WHERE c.id = f.principal AND c.organization_id = f.organization
           AND c.revoked_at IS NULL AND c.expires_at > clock_timestamp()),
        (SELECT m.role::text FROM public.organizations_member AS m
         JOIN public.organizations_person AS p ON p.id = m.person_id AND p.is_active
         WHERE m.person_id = f.principal AND m.organization_id = f.organization),
        EXISTS (SELECT FROM public.jurisdictions_state AS s
                WHERE s.code = f.state AND s.owner = f.organization)
        OR EXISTS (SELECT FROM public.grants_grant AS g
                   WHERE g.grantee = f.organization AND g.state_id = f.state AND g.status = 'active'
                     AND now() >= g.starts_at AND clock_timestamp() < g.ends_at)
    FROM unnest(in_states, in_organizations, in_principals)
        WITH ORDINALITY AS f(state, organization, principal, nth);
END $$;
GRANT EXECUTE ON FUNCTION sec.followers(text[], uuid[], uuid[]) TO coop_app;
RESET ROLE;
