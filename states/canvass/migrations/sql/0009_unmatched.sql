-- Contacts of those who may contribute but not read. Whether their voter is there is nothing that
-- they may learn: what is matched and what waits for the state's owner look the same to them.

SET LOCAL ROLE coop_policy;
-- Where the acting organization may read registrations, whatever its scope is for.
CREATE FUNCTION sec.readable_states() RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT g.state_id::text), '{}') || sec.owned_states()
    FROM sec.grants_in_force('registration', NULL) AS g
    WHERE g.whole_state AND g.actions::text[] && '{read,export}'::text[]
$$;
CREATE FUNCTION sec.readable_places() RETURNS integer[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT p.place), '{}')
    FROM sec.grants_in_force('registration', NULL) AS g
    JOIN public.jurisdictions_place AS p ON p.state = g.state_id AND p.place > 0
     AND (p.county = ANY (g.counties)
          OR p.us_house_district = ANY (g.us_house_districts)
          OR p.state_senate_district = ANY (g.state_senate_districts)
          OR p.state_house_district = ANY (g.state_house_districts))
    WHERE NOT g.whole_state AND g.actions::text[] && '{read,export}'::text[]
$$;
-- Tells whether the acting organization may read registrations somewhere in a state, or might until
-- its grant lived out: what comes late is found for whoever could have found it in time.
CREATE FUNCTION sec.had_sight(in_state text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT in_state = ANY (sec.owned_states()) OR EXISTS (
        SELECT FROM public.grants_grant AS g
        WHERE g.grantee = sec.organization() AND g.state_id = in_state AND g.status IN ('active', 'expired')
          AND 'registration' = ANY (g.groups) AND g.actions::text[] && '{read,export}'::text[]
          AND g.ends_at > now() - interval '72 hours')
$$;
GRANT EXECUTE ON FUNCTION sec.had_sight(text) TO coop_worker;
RESET ROLE;

-- Who has ever pushed blindly: for them one's own is seen where it may be read, and nowhere else.
CREATE TABLE canvass_blind_pusher (
    organization uuid NOT NULL,
    CONSTRAINT canvass_blind_pusher_pkey PRIMARY KEY (organization)
);
SELECT sec.wall('canvass_blind_pusher');
GRANT SELECT ON canvass_blind_pusher TO coop_policy;
GRANT SELECT, INSERT ON canvass_blind_pusher TO coop_worker;
CREATE POLICY behind_policies ON canvass_blind_pusher FOR SELECT TO coop_policy USING (true);
CREATE POLICY notes ON canvass_blind_pusher TO coop_worker USING (true) WITH CHECK (true);

SET LOCAL ROLE coop_policy;
CREATE FUNCTION sec.sees_own() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT sec.action() = 'apply' OR NOT EXISTS (
        SELECT FROM public.canvass_blind_pusher AS p WHERE p.organization = sec.organization())
$$;
GRANT EXECUTE ON FUNCTION sec.readable_states(), sec.readable_places(), sec.sees_own()
    TO coop_app, coop_counter, coop_worker;
GRANT EXECUTE ON FUNCTION sec.held_states(), sec.held_places() TO coop_worker;
RESET ROLE;

-- Narrows a policy of one's own rows to where they may be read, for whoever has pushed blindly.
CREATE FUNCTION sec.wall_own_sight(target text, owned text, policy text DEFAULT 'own') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    before text := (SELECT pg_get_expr(p.polqual, p.polrelid) FROM pg_policy AS p
                    WHERE p.polrelid = format('public.%I', target)::regclass AND p.polname = policy);
    sight constant text := '((SELECT sec.sees_own()) OR place = ANY ((SELECT sec.readable_places())::integer[])
        OR state = ANY ((SELECT sec.readable_states())::text[]))';
BEGIN
    IF owned IS NULL THEN
        EXECUTE format('ALTER POLICY %I ON public.%I USING ((%s) AND %s)', policy, target, before, sight);
    ELSE
        EXECUTE format('ALTER POLICY %I ON public.%I USING ((%s) AND (%I <> (SELECT sec.organization()) OR %s))',
                       policy, target, before, owned, sight);
    END IF;
END $$;
SELECT sec.wall_own_sight(name, NULL) FROM unnest(ARRAY['canvass_inbox', 'canvass_contact', 'canvass_contact_detail',
    'canvass_contact_version', 'canvass_standing', 'canvass_suppression', 'canvass_suppression_assertion',
    'feeds_change']) AS name;
SELECT sec.wall_own_sight(name, 'audience', 'counted') FROM unnest(ARRAY['canvass_standing', 'canvass_suppression']) AS name;
-- What took effect, and what did not, is told by the ledger to whoever may know.
ALTER POLICY own_and_owned ON ledger_entry
    USING ((organization = (SELECT sec.organization())
            AND organization <> '00000000-0000-0000-0000-000000000000'
            AND (event NOT IN ('canvass:contact:applied', 'canvass:contact:set_aside') OR (SELECT sec.sees_own())))
        OR state = ANY ((SELECT sec.owned_states())::text[]));

-- What was accepted blindly: all that its organization is shown of it, matched or not.
CREATE TABLE canvass_blind (
    state text NOT NULL,
    contact uuid NOT NULL,
    organization uuid NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    receipt uuid NOT NULL,
    kind text NOT NULL,
    amends uuid,
    event_time timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    about jsonb NOT NULL,
    body jsonb NOT NULL,
    CONSTRAINT canvass_blind_pkey PRIMARY KEY (state, contact),
    CONSTRAINT canvass_blind_kind_is_known CHECK (kind IN ('contact', 'correction', 'retraction'))
) PARTITION BY LIST (state);
CREATE INDEX canvass_blind_receipt ON canvass_blind (state, organization, receipt);
CREATE INDEX canvass_blind_amends ON canvass_blind (state, amends) WHERE amends IS NOT NULL;
SELECT sec.wall_state_table('canvass_blind');
GRANT SELECT ON canvass_blind TO coop_app;
GRANT SELECT, INSERT ON canvass_blind TO coop_worker;
CREATE POLICY keeps ON canvass_blind TO coop_worker USING (true) WITH CHECK (true);
CREATE POLICY own ON canvass_blind FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization()));

-- What waits for the state's owner to say whom it is about. The owner sees whom it describes and
-- what kind of contact it was: what was answered stays its organization's.
CREATE TABLE canvass_unmatched (
    state text NOT NULL,
    contact uuid NOT NULL,
    organization uuid NOT NULL,
    pooled boolean NOT NULL,
    principal uuid NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    receipt uuid NOT NULL,
    event_time timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    about jsonb NOT NULL,
    body jsonb NOT NULL,
    contact_type smallint GENERATED ALWAYS AS ((body ->> 'contact_type')::smallint) STORED,
    told_by uuid GENERATED ALWAYS AS (CASE WHEN pooled THEN organization END) STORED,
    status text NOT NULL DEFAULT 'waiting',
    settled_at timestamptz,
    settled_by uuid,
    CONSTRAINT canvass_unmatched_pkey PRIMARY KEY (state, contact),
    CONSTRAINT canvass_unmatched_status_is_known CHECK (status IN ('waiting', 'resolved', 'dismissed', 'withdrawn'))
) PARTITION BY LIST (state);
COMMENT ON COLUMN canvass_unmatched.told_by IS 'Whose it is, where its organization''s contacts enter the pool.';
CREATE INDEX canvass_unmatched_waiting ON canvass_unmatched (state, received_at, contact) WHERE status = 'waiting';
SELECT sec.wall_state_table('canvass_unmatched');
GRANT SELECT (state, contact, pooled, told_by, event_time, received_at, about, contact_type, status,
              settled_at, settled_by) ON canvass_unmatched TO coop_app;
GRANT SELECT, INSERT, UPDATE ON canvass_unmatched TO coop_worker;
CREATE POLICY keeps ON canvass_unmatched TO coop_worker USING (true) WITH CHECK (true);
CREATE POLICY owner_reads ON canvass_unmatched FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{read,manage}'))::text[]));

GRANT INSERT ON canvass_inbox TO coop_worker;

CREATE POLICY queues_blind ON canvass_inbox FOR INSERT TO coop_worker WITH CHECK (true);

SET LOCAL ROLE coop_worker;

-- As before, of those alone whom the actor may read as well: the others are nobody's to find.
CREATE OR REPLACE FUNCTION sec.contributable(in_state text, voters uuid[], state_voter_ids text[])
RETURNS TABLE (voter uuid, state_voter_id text, place integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.voter, r.state_voter_id, r.place FROM public.voters_registration AS r
    WHERE r.state = in_state AND (r.voter = ANY (voters) OR r.state_voter_id = ANY (state_voter_ids))
      AND ((r.place > 0 AND r.state = ANY ((SELECT sec.whole_states('contacts', '{contribute}'))::text[]))
           OR r.place = ANY ((SELECT sec.places('contacts', '{contribute}'))::integer[])
           OR (r.place > 0 AND r.state = ANY ((SELECT sec.owned_states('{contribute}'))::text[])))
      AND (r.state = ANY ((SELECT sec.readable_states())::text[])
           OR r.place = ANY ((SELECT sec.readable_places())::integer[]))
$$;

CREATE OR REPLACE FUNCTION sec.late_contributable(in_state text, wanted jsonb)
RETURNS TABLE (item integer, voter uuid, place integer, pool text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT w.item, r.voter, r.place, sec.late_pool(in_state, r.place, w.happened)
    FROM jsonb_to_recordset(wanted) AS w(item integer, about uuid, number text, happened timestamptz)
    JOIN public.voters_registration AS r
      ON r.state = in_state AND (r.voter = w.about OR r.state_voter_id = w.number)
    WHERE (SELECT sec.had_sight(in_state)) AND sec.late_pool(in_state, r.place, w.happened) IS NOT NULL
$$;
-- As before; who has pushed blindly is told its own by the thousand.
CREATE OR REPLACE FUNCTION sec.inbox_level(whole_most bigint) RETURNS TABLE (own bigint, crowded boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN (SELECT sec.sees_own()) THEN level.own ELSE level.own / 1000 * 1000 END, level.crowded
    FROM (SELECT coalesce(sum(q.waiting) FILTER (WHERE q.organization = actor.id), 0)::bigint AS own,
                 coalesce(sum(q.waiting), 0) >= whole_most AS crowded
          FROM (SELECT sec.organization() AS id OFFSET 0) AS actor LEFT JOIN public.canvass_queue AS q ON true
          WHERE actor.id IS NOT NULL) AS level
$$;

-- Where the voter of one's own contact is, if the actor may contribute there now: for setting it right.
CREATE FUNCTION sec.amendable(in_state text, amended uuid) RETURNS TABLE (voter uuid, place integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.voter, r.place FROM public.voters_registration AS r
    WHERE r.state = in_state AND r.voter = (
        SELECT c.voter FROM public.canvass_contact AS c
        WHERE c.state = in_state AND c.contact = amended AND c.organization = sec.organization()
        UNION ALL
        SELECT i.voter FROM public.canvass_inbox AS i
        WHERE i.state = in_state AND i.contact = amended AND i.organization = sec.organization() LIMIT 1)
      AND NOT EXISTS (SELECT FROM public.canvass_blind AS b WHERE b.state = in_state AND b.contact = amended)
      AND ((r.place > 0 AND r.state = ANY ((SELECT sec.whole_states('contacts', '{contribute}'))::text[]))
           OR r.place = ANY ((SELECT sec.places('contacts', '{contribute}'))::integer[])
           OR (r.place > 0 AND r.state = ANY ((SELECT sec.owned_states('{contribute}'))::text[])))
$$;

-- Tells whether there are places in a state where the actor may contribute and not read.
CREATE FUNCTION sec.contributes_blind(in_state text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT in_state = ANY (sec.readable_states()) AND (
        in_state = ANY (sec.whole_states('contacts', '{contribute}'))
        OR EXISTS (SELECT FROM public.jurisdictions_place AS p
                   WHERE p.state = in_state AND p.place = ANY (sec.places('contacts', '{contribute}'))
                     AND NOT p.place = ANY (sec.readable_places())))
$$;

-- Keeps contacts of the actor's whose voters it may not read. Those whose voter is there, and in a
-- place where it may contribute, are queued; the others wait for the owner. It tells neither.
-- Returns whether such contacts enter the pool, by the grants alone.
CREATE FUNCTION sec.push_blind(in_state text, pushed jsonb, in_receipt uuid, in_source text, at timestamptz)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    mine constant uuid := sec.organization();
    person constant uuid := sec.principal();
    shared constant boolean := NOT (in_state = ANY (sec.held_states()) OR EXISTS (
        SELECT FROM public.jurisdictions_place AS p
        WHERE p.state = in_state AND p.place = ANY (sec.held_places())));
BEGIN
    IF sec.action() IS DISTINCT FROM 'contribute' OR NOT sec.contributes_blind(in_state) THEN
        RAISE EXCEPTION 'no contact is written here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO public.canvass_blind_pusher (organization) VALUES (mine) ON CONFLICT DO NOTHING;
    WITH told AS (
        SELECT * FROM jsonb_to_recordset(pushed) AS
            t(contact uuid, event_id text, event_time timestamptz, about jsonb, body jsonb,
              voter uuid, state_voter_id text, county integer, county_voter_id text)
    ), kept AS (
        INSERT INTO public.canvass_blind (state, contact, organization, source, event_id, receipt, kind,
                                          event_time, received_at, about, body)
        SELECT in_state, t.contact, mine, in_source, t.event_id, in_receipt, 'contact', t.event_time, at,
               t.about, t.body FROM told AS t
    ), found AS (
        SELECT t.contact, (array_agg(r.voter))[1] AS voter, (array_agg(r.place))[1] AS place
        FROM told AS t JOIN public.voters_registration AS r ON r.state = in_state
         AND (r.voter = t.voter OR r.state_voter_id = t.state_voter_id
              OR (r.county = t.county AND r.county_voter_id = t.county_voter_id))
        WHERE (r.place > 0 AND in_state = ANY ((SELECT sec.whole_states('contacts', '{contribute}'))::text[]))
           OR r.place = ANY ((SELECT sec.places('contacts', '{contribute}'))::integer[])
        GROUP BY t.contact HAVING count(*) = 1
    ), queued AS (
        INSERT INTO public.canvass_inbox (state, contact, voter, place, organization, principal, source,
                                          event_id, receipt, pooled, event_time, received_at, body)
        SELECT in_state, t.contact, f.voter, f.place, mine, person, in_source, t.event_id, in_receipt,
               NOT (in_state = ANY ((SELECT sec.held_states())::text[])
                    OR f.place = ANY ((SELECT sec.held_places())::integer[])), t.event_time, at, t.body
        FROM told AS t JOIN found AS f ON f.contact = t.contact
    )
    INSERT INTO public.canvass_unmatched (state, contact, organization, pooled, principal, source, event_id,
                                          receipt, event_time, received_at, about, body)
    SELECT in_state, t.contact, mine, shared, person, in_source, t.event_id, in_receipt, t.event_time, at,
           t.about, t.body
    FROM told AS t WHERE t.contact NOT IN (SELECT f.contact FROM found AS f);
    RETURN shared;
END $$;

-- Corrects or retracts what was pushed blindly, wherever it is by now; tells nothing.
CREATE FUNCTION sec.amend_blind(in_state text, amended uuid, in_kind text, told jsonb, in_receipt uuid,
                                in_source text, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    mine constant uuid := sec.organization();
    before public.canvass_blind%ROWTYPE;
    event uuid := (told ->> 'contact')::uuid;
    happened timestamptz := (told ->> 'event_time')::timestamptz;
BEGIN
    SELECT b.* INTO before FROM public.canvass_blind AS b
    WHERE b.state = in_state AND b.contact = amended AND b.organization = mine AND b.kind = 'contact';
    IF NOT FOUND OR sec.action() IS DISTINCT FROM 'contribute' OR in_kind NOT IN ('correction', 'retraction') THEN
        RAISE EXCEPTION 'no contact is written here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM FROM public.canvass_unmatched AS u
    WHERE u.state = in_state AND u.contact = amended FOR UPDATE;
    INSERT INTO public.canvass_blind (state, contact, organization, source, event_id, receipt, kind, amends,
                                      event_time, received_at, about, body)
    VALUES (in_state, event, mine, in_source, told ->> 'event_id', in_receipt, in_kind, amended, happened, at,
            before.about, told -> 'body');
    UPDATE public.canvass_unmatched AS u
    SET body = CASE WHEN in_kind = 'correction' THEN told -> 'body' ELSE u.body END,
        event_time = CASE WHEN in_kind = 'correction' THEN happened ELSE u.event_time END,
        status = CASE WHEN in_kind = 'retraction' THEN 'withdrawn' ELSE u.status END
    WHERE u.state = in_state AND u.contact = amended AND u.status = 'waiting';
    INSERT INTO public.canvass_inbox (state, contact, voter, place, organization, principal, source, event_id,
                                      receipt, pooled, event_time, received_at, body, kind, amends)
    SELECT in_state, event, r.voter, r.place, mine, sec.principal(), in_source, told ->> 'event_id', in_receipt,
           NOT (in_state = ANY (sec.held_states()) OR r.place = ANY (sec.held_places())), happened, at,
           told -> 'body', in_kind, amended
    FROM public.voters_registration AS r
    WHERE r.state = in_state AND r.voter = (
        SELECT i.voter FROM public.canvass_inbox AS i WHERE i.state = in_state AND i.contact = amended
        UNION ALL
        SELECT c.voter FROM public.canvass_contact AS c WHERE c.state = in_state AND c.contact = amended LIMIT 1);
END $$;

-- The owner says whom a waiting contact is about, or that it is about nobody. Returns whether it waited.
CREATE FUNCTION sec.settle_unmatched(in_state text, waiting uuid, about_voter uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    found_ public.canvass_unmatched%ROWTYPE;
    at_place integer;
BEGIN
    IF NOT in_state = ANY (sec.owned_states('{manage}')) THEN
        RAISE EXCEPTION 'no contact is written here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.canvass_unmatched AS u
    SET status = CASE WHEN about_voter IS NULL THEN 'dismissed' ELSE 'resolved' END,
        settled_at = now(), settled_by = sec.principal()
    WHERE u.state = in_state AND u.contact = waiting AND u.status = 'waiting' RETURNING u.* INTO found_;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF about_voter IS NOT NULL THEN
        SELECT r.place INTO STRICT at_place FROM public.voters_registration AS r
        WHERE r.state = in_state AND r.voter = about_voter;
        INSERT INTO public.canvass_inbox (state, contact, voter, place, organization, principal, source,
                                          event_id, receipt, pooled, event_time, received_at, body)
        VALUES (in_state, waiting, about_voter, at_place, found_.organization, found_.principal, found_.source,
                found_.event_id, found_.receipt, found_.pooled, found_.event_time, found_.received_at, found_.body);
    END IF;
    RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION sec.amendable(text, uuid), sec.contributes_blind(text),
    sec.push_blind(text, jsonb, uuid, text, timestamptz),
    sec.amend_blind(text, uuid, text, jsonb, uuid, text, timestamptz),
    sec.settle_unmatched(text, uuid, uuid) TO coop_app;
RESET ROLE;

-- An organization sums up its own contacts by day.
CREATE INDEX canvass_contact_own ON canvass_contact (state, organization, event_time);
