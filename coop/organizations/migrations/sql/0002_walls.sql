-- Organizations are a directory that every member may read; who is in them is their own.
-- People, sessions and second factors are read before an actor is known: they carry no
-- data of a state, and the log-in pages are all that reaches them.

SELECT sec.wall('organizations_organization');
GRANT SELECT ON organizations_organization TO coop_app, coop_loader;
GRANT SELECT ON organizations_organization TO coop_policy, coop_worker;
GRANT INSERT ON organizations_organization TO coop_app;
CREATE POLICY behind_policies ON organizations_organization FOR SELECT TO coop_policy, coop_worker USING (true);
CREATE POLICY directory ON organizations_organization FOR SELECT TO coop_app, coop_loader
    USING ((SELECT sec.organization()) IS NOT NULL);
CREATE POLICY operator_founds ON organizations_organization FOR INSERT TO coop_app
    WITH CHECK ((SELECT sec.action()) = 'operate');

SELECT sec.wall('organizations_member');
GRANT SELECT, INSERT, UPDATE, DELETE ON organizations_member TO coop_app;
GRANT SELECT, INSERT, UPDATE ON organizations_member TO coop_policy;
CREATE POLICY behind_policies ON organizations_member TO coop_policy USING (true) WITH CHECK (true);
CREATE POLICY own_read ON organizations_member FOR SELECT TO coop_app
    USING (organization_id = (SELECT sec.organization()));
CREATE POLICY own_manage ON organizations_member TO coop_app
    USING (organization_id = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage')
    WITH CHECK (organization_id = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage');
CREATE POLICY operator_founds ON organizations_member FOR INSERT TO coop_app
    WITH CHECK ((SELECT sec.action()) = 'operate');

SELECT sec.wall('organizations_invitation');
GRANT SELECT, INSERT, UPDATE ON organizations_invitation TO coop_app;
GRANT SELECT, UPDATE ON organizations_invitation TO coop_policy;
CREATE POLICY behind_policies ON organizations_invitation TO coop_policy USING (true) WITH CHECK (true);
CREATE POLICY own_manage ON organizations_invitation TO coop_app
    USING (organization_id = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage')
    WITH CHECK (organization_id = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage');
CREATE POLICY operator_founds ON organizations_invitation FOR INSERT TO coop_app
    WITH CHECK ((SELECT sec.action()) = 'operate');

SELECT sec.wall('organizations_credential');
GRANT SELECT, INSERT, UPDATE ON organizations_credential TO coop_app;
GRANT SELECT, UPDATE ON organizations_credential TO coop_policy;
CREATE POLICY behind_policies ON organizations_credential TO coop_policy USING (true) WITH CHECK (true);
CREATE POLICY own_read ON organizations_credential FOR SELECT TO coop_app
    USING (organization_id = (SELECT sec.organization()));
CREATE POLICY own_manage ON organizations_credential TO coop_app
    USING (organization_id = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage')
    WITH CHECK (organization_id = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage');

SET LOCAL ROLE coop_policy;

-- Before an actor is known only this reads a credential: a prefix and the hash of a key in,
-- what it may do out, or nothing. Expired and revoked keys are told apart by the caller.
CREATE FUNCTION sec.authenticate(key_prefix text, hash text)
RETURNS TABLE (credential uuid, organization uuid, source text, permissions text[], networks text[],
               test boolean, expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.id, c.organization_id, c.source, c.permissions, c.networks, c.test, c.expires_at,
           c.revoked_at, c.last_used_at
    FROM public.organizations_credential AS c
    WHERE c.prefix = key_prefix AND c.key_hash = hash
$$;

-- Last use, at most once a minute; needs the hash, so that nobody touches another's key.
CREATE FUNCTION sec.touch_credential(key_prefix text, hash text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.organizations_credential AS c SET last_used_at = now()
    WHERE c.prefix = key_prefix AND c.key_hash = hash
      AND coalesce(c.last_used_at < now() - interval '1 minute', true)
$$;

-- The organizations of a person who has logged in.
CREATE FUNCTION sec.memberships(person uuid)
RETURNS TABLE (organization uuid, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT m.organization_id, m.role FROM public.organizations_member AS m
    WHERE m.person_id = person ORDER BY m.added_at
$$;

-- Who an invitation's token is for, before its holder is anyone's member.
CREATE FUNCTION sec.open_invitation(hash text)
RETURNS TABLE (invitation uuid, organization uuid, email text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT i.id, i.organization_id, i.email, i.role FROM public.organizations_invitation AS i
    WHERE i.token_hash = hash AND i.accepted_at IS NULL AND i.withdrawn_at IS NULL AND i.expires_at > now()
$$;

CREATE FUNCTION sec.accept_invitation(hash text, person uuid, person_email text) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
-- The token names the membership; one acceptance wins, and the e-mail must be the invited one.
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
    ON CONFLICT (organization_id, person_id) DO UPDATE SET role = excluded.role;
    RETURN taken.organization_id;
END $$;
GRANT EXECUTE ON FUNCTION sec.authenticate(text, text), sec.touch_credential(text, text),
    sec.memberships(uuid), sec.open_invitation(text), sec.accept_invitation(text, uuid, text) TO coop_app;
RESET ROLE;

-- Log-in and the framework's own tables.
GRANT SELECT, INSERT, UPDATE ON organizations_person TO coop_app;
