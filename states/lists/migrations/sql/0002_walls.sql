-- Saved lists and exports belong to an organization; their members lie with the state.

-- Members ------------------------------------------------------------------------

CREATE TABLE lists_member (
    state text NOT NULL,
    list uuid NOT NULL,
    voter uuid NOT NULL,
    place integer NOT NULL,
    CONSTRAINT lists_member_pkey PRIMARY KEY (state, list, voter)
) PARTITION BY LIST (state);
CREATE INDEX lists_member_voter ON lists_member (state, voter);

CREATE TABLE lists_export_member (
    state text NOT NULL,
    export uuid NOT NULL,
    voter uuid NOT NULL,
    place integer NOT NULL,
    organization uuid NOT NULL,
    obtained_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT lists_export_member_pkey PRIMARY KEY (state, export, voter)
) PARTITION BY LIST (state);
CREATE INDEX lists_export_member_voter ON lists_export_member (state, voter);
COMMENT ON TABLE lists_export_member IS 'Who received which voter: the owner names the holders of a voter by it.';

SELECT sec.wall('lists_list');
SELECT sec.wall('lists_export');
SELECT sec.wall_state_table('lists_member');
SELECT sec.wall_state_table('lists_export_member');
SELECT sec.follow_voters('lists_member');
SELECT sec.follow_voters('lists_export_member');

-- Lists: their organization's alone ------------------------------------------------

GRANT SELECT, INSERT, DELETE, UPDATE (counts) ON lists_list TO coop_app;
GRANT SELECT ON lists_list TO coop_policy;
CREATE POLICY behind_policies ON lists_list FOR SELECT TO coop_policy USING (true);
CREATE POLICY own_read ON lists_list FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization()));
CREATE POLICY own_save ON lists_list FOR INSERT TO coop_app
    WITH CHECK (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'read');
CREATE POLICY own_figures ON lists_list FOR UPDATE TO coop_app
    USING (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'read')
    WITH CHECK (organization = (SELECT sec.organization()));
CREATE POLICY own_delete ON lists_list FOR DELETE TO coop_app
    USING (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage');

SET LOCAL ROLE coop_policy;
-- The acting organization's lists, as one array: evaluated once a statement by the policy.
CREATE FUNCTION sec.own_lists() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(l.id), '{}') FROM public.lists_list AS l
    WHERE l.organization = (SELECT sec.organization())
$$;
GRANT EXECUTE ON FUNCTION sec.own_lists() TO coop_app, coop_worker;
RESET ROLE;

-- A pinned voter is filtered again at each reading: one who moved out of the licensed places,
-- is shielded since, or is gone never comes out.
GRANT SELECT, INSERT ON lists_member TO coop_app;
CREATE POLICY own_licensed ON lists_member FOR SELECT TO coop_app
    USING (list = ANY ((SELECT sec.own_lists())::uuid[])
        AND place > 0
        AND (state = ANY ((SELECT sec.whole_states('registration', '{read,export}'))::text[])
            OR place = ANY ((SELECT sec.places('registration', '{read,export}'))::integer[])
            OR state = ANY ((SELECT sec.owned_states('{read,export}'))::text[])));
CREATE POLICY own_pin ON lists_member FOR INSERT TO coop_app
    WITH CHECK (list = ANY ((SELECT sec.own_lists())::uuid[])
        AND place > 0
        AND (state = ANY ((SELECT sec.whole_states('registration', '{read}'))::text[])
            OR place = ANY ((SELECT sec.places('registration', '{read}'))::integer[])
            OR state = ANY ((SELECT sec.owned_states('{read}'))::text[])));

GRANT SELECT, DELETE ON lists_member TO coop_worker;
CREATE POLICY drops ON lists_member TO coop_worker USING (true);

SET LOCAL ROLE coop_worker;
-- Forgets the members of one of the actor's own lists, also those that it may no longer see.
CREATE FUNCTION sec.drop_list_members(from_list uuid, in_states text[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF sec.action() IS DISTINCT FROM 'manage' OR NOT from_list = ANY (sec.own_lists()) THEN
        RAISE EXCEPTION 'no such list' USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM public.lists_member AS m WHERE m.state = ANY (in_states) AND m.list = from_list;
END $$;
GRANT EXECUTE ON FUNCTION sec.drop_list_members(uuid, text[]) TO coop_app;
RESET ROLE;

-- Exports ------------------------------------------------------------------------

GRANT SELECT, INSERT, UPDATE (status, fetches, rows, progress_at, finished_at, reason) ON lists_export TO coop_app;
GRANT SELECT ON lists_export TO coop_policy, coop_worker;
CREATE POLICY behind_policies ON lists_export FOR SELECT TO coop_policy, coop_worker USING (true);
CREATE POLICY own_read ON lists_export FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization()));
CREATE POLICY own_order ON lists_export FOR INSERT TO coop_app
    WITH CHECK (organization = (SELECT sec.organization()) AND principal = (SELECT sec.principal())
        AND (SELECT sec.action()) = 'export');
CREATE POLICY own_progress ON lists_export FOR UPDATE TO coop_app
    USING (organization = (SELECT sec.organization()) AND (SELECT sec.action()) IN ('export', 'manage'))
    WITH CHECK (organization = (SELECT sec.organization()));

-- A link that has ended stays ended, whoever asks.
CREATE FUNCTION lists_export_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF old.status IN ('revoked', 'expired') AND new.status <> old.status THEN
        RAISE EXCEPTION 'an export that has ended stays ended' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER lists_export_guard BEFORE UPDATE ON lists_export FOR EACH ROW EXECUTE FUNCTION lists_export_guard();

SET LOCAL ROLE coop_policy;
-- What a link's token stands for, before an actor is known. It dies with who ordered it: a
-- credential revoked, a person no longer a member.
CREATE FUNCTION sec.open_export(hash text)
RETURNS TABLE (export uuid, organization uuid, principal uuid, principal_kind text, source text,
               status text, expires_at timestamptz, principal_stands boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.id, e.organization, e.principal, e.principal_kind, e.source, e.status, e.expires_at,
           EXISTS (SELECT FROM public.organizations_credential AS c
                   WHERE c.id = e.principal AND c.organization_id = e.organization AND c.revoked_at IS NULL)
           OR EXISTS (SELECT FROM public.organizations_member AS m
                      WHERE m.person_id = e.principal AND m.organization_id = e.organization)
    FROM public.lists_export AS e WHERE e.token_hash = hash
$$;

CREATE FUNCTION sec.streaming_exports() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(e.id), '{}') FROM public.lists_export AS e
    WHERE e.organization = (SELECT sec.organization()) AND e.status = 'streaming'
$$;
GRANT EXECUTE ON FUNCTION sec.open_export(text), sec.streaming_exports() TO coop_app;
RESET ROLE;

GRANT SELECT, INSERT ON lists_export_member TO coop_app;
CREATE POLICY own_read ON lists_export_member FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization()) AND place > 0);
CREATE POLICY owner_reads ON lists_export_member FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{read,manage}'))::text[]));
CREATE POLICY own_sent ON lists_export_member FOR INSERT TO coop_app
    WITH CHECK (organization = (SELECT sec.organization())
        AND export = ANY ((SELECT sec.streaming_exports())::uuid[])
        AND place > 0
        AND (state = ANY ((SELECT sec.whole_states('registration', '{export}'))::text[])
            OR place = ANY ((SELECT sec.places('registration', '{export}'))::integer[])
            OR state = ANY ((SELECT sec.owned_states('{export}'))::text[])));

SET LOCAL ROLE coop_worker;
-- Exports that nobody streams any more though they say so, and links whose time is over.
CREATE FUNCTION sec.exports_due() RETURNS TABLE (organization uuid, id uuid, step text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.organization, e.id, CASE WHEN e.status = 'streaming' THEN 'cut' ELSE 'expire' END
    FROM public.lists_export AS e
    WHERE (SELECT sec.action()) = 'work'
      AND ((e.status = 'streaming' AND e.progress_at < now() - interval '2 minutes')
           OR (e.status IN ('ordered', 'complete', 'cut') AND e.expires_at <= now()))
    ORDER BY e.id LIMIT 1000
$$;
GRANT EXECUTE ON FUNCTION sec.exports_due() TO coop_app;
RESET ROLE;
