-- The operator invites the first owner of an organization that has no member, and nobody after that.
SET LOCAL ROLE coop_policy;
CREATE FUNCTION sec.has_no_member(candidate uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT EXISTS (SELECT FROM public.organizations_member AS m WHERE m.organization_id = candidate)
$$;

-- An invitation makes a member and never changes one: roles change by the act meant for it,
-- which keeps the last owner.
CREATE OR REPLACE FUNCTION sec.accept_invitation(hash text, person uuid, person_email text) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    taken record;
BEGIN
    UPDATE public.organizations_invitation AS i SET accepted_at = now()
    WHERE i.token_hash = hash AND i.accepted_at IS NULL AND i.withdrawn_at IS NULL
      AND i.expires_at > now() AND lower(i.email) = lower(person_email)
    RETURNING i.organization_id, i.role INTO taken;
    IF NOT FOUND THEN RETURN NULL; END IF;
    INSERT INTO public.organizations_member (id, organization_id, person_id, role, added_at)
    VALUES (gen_random_uuid(), taken.organization_id, person, taken.role, now())
    ON CONFLICT (organization_id, person_id) DO NOTHING;
    RETURN taken.organization_id;
END $$;
GRANT EXECUTE ON FUNCTION sec.has_no_member(uuid) TO coop_app;
RESET ROLE;

DROP POLICY operator_founds ON organizations_member;
DROP POLICY operator_founds ON organizations_invitation;
CREATE POLICY operator_founds ON organizations_invitation FOR INSERT TO coop_app
    WITH CHECK ((SELECT sec.action()) = 'operate' AND role = 'owner' AND sec.has_no_member(organization_id));
