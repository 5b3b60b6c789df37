-- Changes: one ordered sequence per state. A number is allotted under a row lock that is
-- held to the end of the transaction, so that whoever sees a number sees all before it.

CREATE TABLE feeds_position (
    state text NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT feeds_position_pkey PRIMARY KEY (state)
);
SELECT sec.wall('feeds_position');
GRANT SELECT, INSERT, UPDATE ON feeds_position TO coop_worker;
CREATE POLICY behind_numbers ON feeds_position TO coop_worker USING (true) WITH CHECK (true);

CREATE TABLE feeds_change (
    state text NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL,
    voter uuid,
    place integer,
    audience uuid NOT NULL,
    organization uuid,
    contact uuid,
    occurred_at timestamptz NOT NULL,
    summary jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT feeds_change_pkey PRIMARY KEY (state, seq),
    CONSTRAINT feeds_change_kind_is_known CHECK (
        kind IN ('contact', 'correction', 'retraction', 'suppression', 'publication')),
    CONSTRAINT feeds_change_voter_has_a_place CHECK ((voter IS NULL) = (place IS NULL)),
    CONSTRAINT feeds_change_is_about_a_voter CHECK ((kind = 'publication') = (voter IS NULL)),
    CONSTRAINT feeds_change_opt_out_names_nobody CHECK (
        kind <> 'suppression' OR (contact IS NULL AND organization IS NOT DISTINCT FROM
            nullif(audience, '00000000-0000-0000-0000-000000000000'::uuid)))
) PARTITION BY LIST (state);
COMMENT ON COLUMN feeds_change.audience IS 'Nil: the state party''s pool, or everyone; else the one organization.';
CREATE INDEX feeds_change_voter ON feeds_change (state, voter);
SELECT sec.wall_state_table('feeds_change');
GRANT SELECT, INSERT ON feeds_change TO coop_app;
GRANT INSERT ON feeds_change TO coop_publisher;
SELECT sec.follow_voters('feeds_change');

-- One's own, shielded voters excepted.
CREATE POLICY own ON feeds_change FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization())
        AND (place > 0 OR state = ANY ((SELECT sec.owned_states())::text[])));
-- The pool: the state's owner, and who is licensed for contacts there.
CREATE POLICY pool ON feeds_change FOR SELECT TO coop_app
    USING (audience = '00000000-0000-0000-0000-000000000000' AND kind IN ('contact', 'correction', 'retraction') AND (
        state = ANY ((SELECT sec.owned_states('{read,export}'))::text[])
        OR (place > 0 AND state = ANY ((SELECT sec.whole_states('contacts', '{read,export}'))::text[]))
        OR place = ANY ((SELECT sec.places('contacts', '{read,export}'))::integer[])));
-- What protects a voter reaches everyone who may read the registration.
CREATE POLICY protection ON feeds_change FOR SELECT TO coop_app
    USING (audience = '00000000-0000-0000-0000-000000000000' AND kind = 'suppression' AND (
        state = ANY ((SELECT sec.owned_states('{read,export}'))::text[])
        OR (place > 0 AND state = ANY ((SELECT sec.whole_states('registration', '{read,export}'))::text[]))
        OR place = ANY ((SELECT sec.places('registration', '{read,export}'))::integer[])));
CREATE POLICY publication ON feeds_change FOR SELECT TO coop_app
    USING (kind = 'publication' AND state = ANY ((SELECT sec.related_states())::text[]));

CREATE POLICY worker_appends ON feeds_change FOR INSERT TO coop_app
    WITH CHECK ((SELECT sec.action()) = 'apply' AND kind <> 'publication'
        AND audience IN ((SELECT sec.organization()), '00000000-0000-0000-0000-000000000000')
        AND (organization = (SELECT sec.organization()) OR (kind = 'suppression' AND organization IS NULL)));
CREATE POLICY owner_lifts ON feeds_change FOR INSERT TO coop_app
    WITH CHECK (kind = 'suppression' AND state = ANY ((SELECT sec.owned_states('{manage}'))::text[]));

SET LOCAL ROLE coop_worker;
-- Allots the next `how_many` numbers of a state and returns the last; the state's other
-- writers wait until this transaction ends, so call it last.
CREATE FUNCTION sec.take_feed_numbers(in_state text, how_many integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last bigint;
BEGIN
    IF coalesce(sec.action(), '') NOT IN ('apply', 'manage', 'import') OR how_many < 1 THEN
        RAISE EXCEPTION 'no feed is written here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO public.feeds_position AS p (state, seq) VALUES (in_state, how_many)
    ON CONFLICT (state) DO UPDATE SET seq = p.seq + how_many
    RETURNING p.seq INTO last;
    RETURN last;
END $$;

-- The newest number of a state that the actor has to do with; else NULL. Everything up to
-- it is committed. It never leaves the service but sealed in a cursor.
CREATE FUNCTION sec.feed_head(in_state text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT p.seq FROM public.feeds_position AS p WHERE p.state = in_state), 0)
    WHERE sec.organization() IS NOT NULL
$$;
GRANT EXECUTE ON FUNCTION sec.take_feed_numbers(text, integer) TO coop_app, coop_publisher;
GRANT EXECUTE ON FUNCTION sec.feed_head(text) TO coop_app;
RESET ROLE;

-- Publications --------------------------------------------------------------------------

CREATE POLICY publisher_appends ON feeds_change FOR INSERT TO coop_publisher
    WITH CHECK (kind = 'publication' AND voter IS NULL AND organization IS NULL);

SET LOCAL ROLE coop_publisher;
-- Called by the publishing function. It shuts out the state's contact drains until the
-- publication is committed (their shared lock: sec.lock_places), so that no contact is
-- written with a place that the publication is just changing: call it BEFORE places move.
CREATE FUNCTION sec.append_publication_change(in_state text, publication integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    allotted bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(4, hashtext(in_state));
    allotted := sec.take_feed_numbers(in_state, 1);
    INSERT INTO public.feeds_change (state, seq, kind, audience, occurred_at, summary)
    VALUES (in_state, allotted, 'publication', '00000000-0000-0000-0000-000000000000', now(),
            jsonb_build_object('publication', append_publication_change.publication));
    RETURN allotted;
END $$;
RESET ROLE;
