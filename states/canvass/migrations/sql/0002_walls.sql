-- Canvass results: the inbox, the history, the current values of each audience, and what
-- protects voters. An audience is the state party's pool (the nil UUID) or one organization.

-- The inbox ------------------------------------------------------------------------------

CREATE SEQUENCE canvass_inbox_seq AS bigint;
GRANT USAGE ON SEQUENCE canvass_inbox_seq TO coop_app;

-- Partitioned by state like every table of a state; day partitions below come with the
-- retention of applied rows (drop, never DELETE).
CREATE TABLE canvass_inbox (
    state text NOT NULL,
    seq bigint NOT NULL DEFAULT nextval('canvass_inbox_seq'),
    contact uuid NOT NULL,
    voter uuid NOT NULL,
    place integer NOT NULL,
    organization uuid NOT NULL,
    principal uuid NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    receipt uuid NOT NULL,
    pooled boolean NOT NULL,
    event_time timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    body jsonb NOT NULL,
    status text NOT NULL DEFAULT 'queued',
    error text,
    attempts smallint NOT NULL DEFAULT 0,
    done_at timestamptz,
    CONSTRAINT canvass_inbox_pkey PRIMARY KEY (state, seq),
    CONSTRAINT canvass_inbox_contact UNIQUE (state, contact),
    CONSTRAINT canvass_inbox_status_is_known CHECK (status IN ('queued', 'applied', 'set_aside')),
    CONSTRAINT canvass_inbox_set_aside_says_why CHECK ((status = 'set_aside') <= (error IS NOT NULL))
) PARTITION BY LIST (state);
COMMENT ON COLUMN canvass_inbox.place IS 'Where the voter was when authority was judged; follows the voter.';
COMMENT ON COLUMN canvass_inbox.pooled IS 'Whether the grants of that moment let it enter the state party''s pool at once.';
CREATE INDEX canvass_inbox_queued ON canvass_inbox (state, organization, seq) WHERE status = 'queued';
CREATE INDEX canvass_inbox_receipt ON canvass_inbox (state, organization, receipt);
SELECT sec.wall_state_table('canvass_inbox');
GRANT SELECT, INSERT, UPDATE (status, error, attempts, done_at) ON canvass_inbox TO coop_app;
GRANT SELECT ON canvass_inbox TO coop_worker;
CREATE POLICY claims ON canvass_inbox FOR SELECT TO coop_worker USING (true);
SELECT sec.follow_voters('canvass_inbox');

SET LOCAL ROLE coop_policy;
-- Where the acting organization's contributions stay its own: under overlapping grants the
-- word `held` wins, since what has entered the pool cannot be taken back out of its readers' minds.
CREATE FUNCTION sec.held_states() RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT g.state_id::text), '{}')
    FROM sec.grants_in_force('contacts', '{contribute}') AS g WHERE g.whole_state AND g.pool = 'held'
$$;
CREATE FUNCTION sec.held_places() RETURNS integer[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT p.place), '{}')
    FROM sec.grants_in_force('contacts', '{contribute}') AS g
    JOIN public.jurisdictions_place AS p ON p.state = g.state_id AND p.place > 0
     AND (p.county = ANY (g.counties)
          OR p.us_house_district = ANY (g.us_house_districts)
          OR p.state_senate_district = ANY (g.state_senate_districts)
          OR p.state_house_district = ANY (g.state_house_districts))
    WHERE NOT g.whole_state AND g.pool = 'held'
$$;
GRANT EXECUTE ON FUNCTION sec.held_states(), sec.held_places() TO coop_app;
RESET ROLE;

-- Authority is judged here, when the row is written, and nowhere after.
CREATE POLICY contributes ON canvass_inbox FOR INSERT TO coop_app
    WITH CHECK ((SELECT sec.action()) = 'contribute'
        AND organization = (SELECT sec.organization())
        AND principal = (SELECT sec.principal())
        AND status = 'queued'
        AND ((place > 0 AND state = ANY ((SELECT sec.whole_states('contacts', '{contribute}'))::text[]))
            OR place = ANY ((SELECT sec.places('contacts', '{contribute}'))::integer[])
            OR (place > 0 AND state = ANY ((SELECT sec.owned_states('{contribute}'))::text[])))
        AND pooled = NOT (state = ANY ((SELECT sec.held_states())::text[])
            OR place = ANY ((SELECT sec.held_places())::integer[])));
CREATE POLICY own ON canvass_inbox FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization())
        AND (place > 0 OR (SELECT sec.action()) = 'apply' OR state = ANY ((SELECT sec.owned_states())::text[])));
CREATE POLICY worker_applies ON canvass_inbox FOR UPDATE TO coop_app
    USING ((SELECT sec.action()) = 'apply' AND organization = (SELECT sec.organization()))
    WITH CHECK ((SELECT sec.action()) = 'apply' AND organization = (SELECT sec.organization()));
CREATE POLICY own_replays ON canvass_inbox FOR UPDATE TO coop_app
    USING ((SELECT sec.action()) = 'manage' AND organization = (SELECT sec.organization()) AND status = 'set_aside')
    WITH CHECK ((SELECT sec.action()) = 'manage' AND organization = (SELECT sec.organization()) AND status = 'queued');

-- Event ids live for ever: the partitioned inbox could not keep them unique.
CREATE TABLE canvass_event_key (
    state text NOT NULL,
    organization uuid NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    body_hash bytea NOT NULL,
    contact uuid NOT NULL,
    CONSTRAINT canvass_event_key_pkey PRIMARY KEY (state, organization, source, event_id)
) PARTITION BY LIST (state);
SELECT sec.wall_state_table('canvass_event_key');
GRANT SELECT, INSERT ON canvass_event_key TO coop_app;
CREATE POLICY own ON canvass_event_key FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization()));
CREATE POLICY contributes ON canvass_event_key FOR INSERT TO coop_app
    WITH CHECK ((SELECT sec.action()) = 'contribute' AND organization = (SELECT sec.organization()));

-- History --------------------------------------------------------------------------------

CREATE TABLE canvass_contact (
    state text NOT NULL,
    contact uuid NOT NULL,
    voter uuid NOT NULL,
    place integer NOT NULL,
    organization uuid NOT NULL,
    pooled boolean NOT NULL,
    contact_type smallint NOT NULL,
    input_type smallint NOT NULL,
    result_code smallint NOT NULL,
    support smallint,
    event_time timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    retracted_at timestamptz,
    CONSTRAINT canvass_contact_pkey PRIMARY KEY (state, contact),
    CONSTRAINT canvass_contact_support_is_one_to_five CHECK (support BETWEEN 1 AND 5)
) PARTITION BY LIST (state);
CREATE INDEX canvass_contact_voter ON canvass_contact (state, voter, event_time);
SELECT sec.wall_state_table('canvass_contact', 'contacts');
GRANT SELECT, INSERT ON canvass_contact TO coop_app;
SELECT sec.follow_voters('canvass_contact');
CREATE POLICY own ON canvass_contact FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization())
        AND (place > 0 OR state = ANY ((SELECT sec.owned_states())::text[])));
CREATE POLICY pool ON canvass_contact FOR SELECT TO coop_app
    USING (pooled AND (
        state = ANY ((SELECT sec.owned_states('{read,export}'))::text[])
        OR (place > 0 AND state = ANY ((SELECT sec.whole_states('contacts', '{read,export}'))::text[]))
        OR place = ANY ((SELECT sec.places('contacts', '{read,export}'))::integer[])));
-- What was acknowledged is applied, whatever has become of the grant: the inbox row is the authority.
CREATE POLICY worker_applies ON canvass_contact FOR INSERT TO coop_app
    WITH CHECK ((SELECT sec.action()) = 'apply' AND organization = (SELECT sec.organization())
        AND EXISTS (SELECT FROM canvass_inbox AS i
                    WHERE i.state = canvass_contact.state AND i.contact = canvass_contact.contact
                      AND i.voter = canvass_contact.voter AND i.pooled = canvass_contact.pooled
                      AND i.organization = canvass_contact.organization AND i.status = 'queued'));

-- What stays the contributor's alone even when the contact is pooled: its questions, codes,
-- people, sources, and the number dialed.
CREATE TABLE canvass_contact_detail (
    state text NOT NULL,
    contact uuid NOT NULL,
    voter uuid NOT NULL,
    place integer NOT NULL,
    organization uuid NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    canvasser text,
    phone text,
    survey_responses jsonb NOT NULL DEFAULT '[]',
    activist_codes jsonb NOT NULL DEFAULT '[]',
    CONSTRAINT canvass_contact_detail_pkey PRIMARY KEY (state, contact)
) PARTITION BY LIST (state);
SELECT sec.wall_state_table('canvass_contact_detail');
GRANT SELECT, INSERT ON canvass_contact_detail TO coop_app;
SELECT sec.follow_voters('canvass_contact_detail');
CREATE POLICY own ON canvass_contact_detail FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization())
        AND (place > 0 OR state = ANY ((SELECT sec.owned_states())::text[])));
CREATE POLICY worker_applies ON canvass_contact_detail FOR INSERT TO coop_app
    WITH CHECK ((SELECT sec.action()) = 'apply' AND organization = (SELECT sec.organization()));

-- Current values ---------------------------------------------------------------------------

CREATE TABLE canvass_standing (
    state text NOT NULL,
    voter uuid NOT NULL,
    audience uuid NOT NULL,
    place integer NOT NULL,
    last_contact_at timestamptz NOT NULL,
    last_contact_type smallint NOT NULL,
    last_result smallint NOT NULL,
    last_seq bigint NOT NULL,
    attempts integer NOT NULL,
    held_attempts integer NOT NULL DEFAULT 0,
    reached_at timestamptz,
    support smallint,
    support_at timestamptz,
    support_seq bigint,
    CONSTRAINT canvass_standing_pkey PRIMARY KEY (state, voter, audience),
    CONSTRAINT canvass_standing_support_is_one_to_five CHECK (support BETWEEN 1 AND 5),
    CONSTRAINT canvass_standing_support_has_its_time CHECK (
        (support IS NULL) = (support_at IS NULL) AND (support IS NULL) = (support_seq IS NULL)),
    CONSTRAINT canvass_standing_held_are_attempts CHECK (held_attempts BETWEEN 0 AND attempts)
) PARTITION BY LIST (state);
COMMENT ON TABLE canvass_standing IS 'Newest values per voter and audience; a reader takes the newest among the audiences it sees.';
COMMENT ON COLUMN canvass_standing.held_attempts IS
    'Those of an organization''s attempts that are not in the pool: attempts seen by one who sees both are the pool''s plus these.';
SELECT sec.wall_state_table('canvass_standing', 'contacts');
GRANT SELECT, INSERT, UPDATE ON canvass_standing TO coop_app;
GRANT SELECT ON canvass_standing TO coop_counter;
SELECT sec.follow_voters('canvass_standing');
CREATE POLICY own ON canvass_standing FOR SELECT TO coop_app
    USING (audience = (SELECT sec.organization())
        AND (place > 0 OR state = ANY ((SELECT sec.owned_states())::text[])));
CREATE POLICY pool ON canvass_standing FOR SELECT TO coop_app
    USING (audience = '00000000-0000-0000-0000-000000000000' AND (
        state = ANY ((SELECT sec.owned_states('{read,export}'))::text[])
        OR (place > 0 AND state = ANY ((SELECT sec.whole_states('contacts', '{read,export}'))::text[]))
        OR place = ANY ((SELECT sec.places('contacts', '{read,export}'))::integer[])));
CREATE POLICY counted ON canvass_standing FOR SELECT TO coop_counter
    USING (place > 0 AND (audience = (SELECT sec.organization())
        OR (audience = '00000000-0000-0000-0000-000000000000' AND (
            state = ANY ((SELECT sec.owned_states('{count}'))::text[])
            OR state = ANY ((SELECT sec.whole_states('contacts', '{count}'))::text[])
            OR place = ANY ((SELECT sec.places('contacts', '{count}'))::integer[])))));
CREATE POLICY worker_applies ON canvass_standing TO coop_app
    USING ((SELECT sec.action()) = 'apply'
        AND audience IN ((SELECT sec.organization()), '00000000-0000-0000-0000-000000000000'))
    WITH CHECK ((SELECT sec.action()) = 'apply'
        AND audience IN ((SELECT sec.organization()), '00000000-0000-0000-0000-000000000000'));

-- What protects voters ------------------------------------------------------------------------

-- Who said so, and when: for its own organization and the state's owner alone.
CREATE TABLE canvass_suppression_assertion (
    state text NOT NULL,
    assertion uuid NOT NULL,
    voter uuid NOT NULL,
    place integer NOT NULL,
    kind text NOT NULL,
    opted_in boolean NOT NULL DEFAULT false,
    organization uuid NOT NULL,
    source text NOT NULL,
    contact uuid NOT NULL,
    phone text,
    event_time timestamptz NOT NULL,
    asserted_at timestamptz NOT NULL DEFAULT now(),
    confirmed_at timestamptz,
    confirmed_by uuid,
    lifted_at timestamptz,
    lifted_by uuid,
    CONSTRAINT canvass_suppression_assertion_pkey PRIMARY KEY (state, assertion),
    CONSTRAINT canvass_suppression_assertion_kind_is_known CHECK (
        kind IN ('call', 'text', 'door', 'wrong_number', 'deceased', 'moved')),
    CONSTRAINT canvass_suppression_assertion_opt_in_answers_an_opt_out CHECK (
        NOT opted_in OR kind IN ('call', 'text', 'door'))
) PARTITION BY LIST (state);
CREATE INDEX canvass_suppression_assertion_voter ON canvass_suppression_assertion (state, voter, kind);
CREATE INDEX canvass_suppression_assertion_source ON canvass_suppression_assertion (state, organization, source, asserted_at);
SELECT sec.wall_state_table('canvass_suppression_assertion');
GRANT SELECT, INSERT, UPDATE (confirmed_at, confirmed_by, lifted_at, lifted_by) ON canvass_suppression_assertion TO coop_app;
GRANT SELECT ON canvass_suppression_assertion TO coop_worker;
SELECT sec.follow_voters('canvass_suppression_assertion');
CREATE POLICY binds ON canvass_suppression_assertion FOR SELECT TO coop_worker USING (true);
CREATE POLICY own ON canvass_suppression_assertion FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization()) AND place > 0);
CREATE POLICY owner_reads ON canvass_suppression_assertion FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{read,export,manage}'))::text[]));
CREATE POLICY worker_applies ON canvass_suppression_assertion FOR INSERT TO coop_app
    WITH CHECK ((SELECT sec.action()) = 'apply' AND organization = (SELECT sec.organization())
        AND confirmed_at IS NULL AND lifted_at IS NULL);
CREATE POLICY owner_judges ON canvass_suppression_assertion FOR UPDATE TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{manage}'))::text[]))
    WITH CHECK (state = ANY ((SELECT sec.owned_states('{manage}'))::text[]));

-- What binds: kind and day only. Written by sec.bind_suppressions alone, from the assertions.
CREATE TABLE canvass_suppression (
    state text NOT NULL,
    voter uuid NOT NULL,
    kind text NOT NULL,
    audience uuid NOT NULL,
    place integer NOT NULL,
    day date NOT NULL,
    CONSTRAINT canvass_suppression_pkey PRIMARY KEY (state, voter, kind, audience),
    CONSTRAINT canvass_suppression_kind_is_known CHECK (
        kind IN ('call', 'text', 'door', 'wrong_number', 'deceased', 'moved')),
    CONSTRAINT canvass_suppression_opt_out_binds_everyone CHECK (
        kind IN ('deceased', 'moved') OR audience = '00000000-0000-0000-0000-000000000000')
) PARTITION BY LIST (state);
SELECT sec.wall_state_table('canvass_suppression');
GRANT SELECT ON canvass_suppression TO coop_app, coop_counter;
GRANT SELECT, INSERT, UPDATE, DELETE ON canvass_suppression TO coop_worker;
SELECT sec.follow_voters('canvass_suppression');
CREATE POLICY binds ON canvass_suppression TO coop_worker USING (true) WITH CHECK (true);
CREATE POLICY own ON canvass_suppression FOR SELECT TO coop_app
    USING (audience = (SELECT sec.organization())
        AND (place > 0 OR state = ANY ((SELECT sec.owned_states())::text[])));
CREATE POLICY binds_everyone ON canvass_suppression FOR SELECT TO coop_app
    USING (audience = '00000000-0000-0000-0000-000000000000' AND (
        state = ANY ((SELECT sec.owned_states('{read,export,manage}'))::text[])
        OR (place > 0 AND state = ANY ((SELECT sec.whole_states('registration', '{read,export}'))::text[]))
        OR place = ANY ((SELECT sec.places('registration', '{read,export}'))::integer[])));
CREATE POLICY counted ON canvass_suppression FOR SELECT TO coop_counter
    USING (place > 0 AND (audience = (SELECT sec.organization())
        OR (audience = '00000000-0000-0000-0000-000000000000' AND (
            state = ANY ((SELECT sec.owned_states('{count}'))::text[])
            OR state = ANY ((SELECT sec.whole_states('registration', '{count}'))::text[])
            OR place = ANY ((SELECT sec.places('registration', '{count}'))::integer[])))));

-- Which number is wrong: a contact detail. It disqualifies that number, not the person.
CREATE TABLE canvass_wrong_phone (
    state text NOT NULL,
    voter uuid NOT NULL,
    phone text NOT NULL,
    place integer NOT NULL,
    day date NOT NULL,
    CONSTRAINT canvass_wrong_phone_pkey PRIMARY KEY (state, voter, phone)
) PARTITION BY LIST (state);
SELECT sec.wall_state_table('canvass_wrong_phone');
GRANT SELECT ON canvass_wrong_phone TO coop_app, coop_counter;
GRANT SELECT, INSERT, UPDATE, DELETE ON canvass_wrong_phone TO coop_worker;
SELECT sec.follow_voters('canvass_wrong_phone');
CREATE POLICY binds ON canvass_wrong_phone TO coop_worker USING (true) WITH CHECK (true);
CREATE POLICY licensed ON canvass_wrong_phone FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{read,export}'))::text[])
        OR (place > 0 AND state = ANY ((SELECT sec.whole_states('contact_details', '{read,export}'))::text[]))
        OR place = ANY ((SELECT sec.places('contact_details', '{read,export}'))::integer[]));
CREATE POLICY counted ON canvass_wrong_phone FOR SELECT TO coop_counter
    USING (place > 0 AND (state = ANY ((SELECT sec.owned_states('{count}'))::text[])
        OR state = ANY ((SELECT sec.whole_states('contact_details', '{count}'))::text[])
        OR place = ANY ((SELECT sec.places('contact_details', '{count}'))::integer[])));

-- What workers ask -----------------------------------------------------------------------------

SET LOCAL ROLE coop_worker;

-- Whose contacts wait, the longest-waiting first: work is then done organization by
-- organization, a batch each in turn, so that one organization's flood delays itself.
CREATE FUNCTION sec.claim_inbox(at_most integer) RETURNS TABLE (state text, organization uuid, waiting bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT i.state, i.organization, count(*) FROM public.canvass_inbox AS i
    WHERE (SELECT sec.action()) = 'work' AND i.status = 'queued'
    GROUP BY i.state, i.organization ORDER BY min(i.seq) LIMIT at_most
$$;

-- Keeps publications of a state from moving voters until this transaction ends, and waits for
-- one that is moving them: places read afterwards stay true.
CREATE FUNCTION sec.lock_places(in_state text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF coalesce(sec.action(), '') NOT IN ('apply', 'manage') THEN
        RAISE EXCEPTION 'no contact is written here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock_shared(4, hashtext(in_state));
END $$;

-- Where the voters of one's own queued contacts are now.
CREATE FUNCTION sec.current_places(in_state text, seqs bigint[]) RETURNS TABLE (voter uuid, place integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT DISTINCT r.voter, r.place FROM public.canvass_inbox AS i
    JOIN public.voters_registration AS r ON r.state = in_state AND r.voter = i.voter
    WHERE i.state = in_state AND i.seq = ANY (seqs)
      AND (SELECT sec.action()) = 'apply' AND i.organization = (SELECT sec.organization())
$$;

-- Makes what binds these voters follow from the assertions, the most protective winning: an
-- opt-out yields only to a later opt-in or to the owner's lifting. Returns what changed.
CREATE FUNCTION sec.bind_suppressions(in_state text, voters uuid[])
RETURNS TABLE (voter uuid, place integer, kind text, audience uuid, day date, bound boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    everyone constant uuid := '00000000-0000-0000-0000-000000000000';
    party uuid := (SELECT s.owner FROM public.jurisdictions_state AS s WHERE s.code = in_state);
BEGIN
    IF coalesce(sec.action(), '') <> 'apply' AND NOT in_state = ANY (sec.owned_states('{manage}')) THEN
        RAISE EXCEPTION 'no suppression is written here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- One voter's suppressions are bound by one transaction at a time, in one order.
    PERFORM pg_advisory_xact_lock(hashtextextended('suppressions ' || in_state || v::text, 0))
    FROM (SELECT DISTINCT u AS v FROM unnest(voters) AS u ORDER BY u) AS sorted;
    DELETE FROM public.canvass_wrong_phone AS w
    WHERE w.state = in_state AND w.voter = ANY (voters) AND NOT EXISTS (
        SELECT FROM public.canvass_suppression_assertion AS a
        WHERE a.state = in_state AND a.voter = w.voter AND a.kind = 'wrong_number'
          AND a.phone = w.phone AND a.lifted_at IS NULL);
    INSERT INTO public.canvass_wrong_phone AS w (state, voter, phone, place, day)
    SELECT a.state, a.voter, a.phone, max(a.place), max((a.event_time AT TIME ZONE 'UTC')::date)
    FROM public.canvass_suppression_assertion AS a
    WHERE a.state = in_state AND a.voter = ANY (voters) AND a.kind = 'wrong_number'
      AND a.phone IS NOT NULL AND a.lifted_at IS NULL
    GROUP BY a.state, a.voter, a.phone
    ON CONFLICT ON CONSTRAINT canvass_wrong_phone_pkey DO UPDATE SET day = excluded.day;
    RETURN QUERY
    WITH wanted AS (
        SELECT a.voter, a.kind, min(a.place) AS place,
               CASE WHEN a.kind NOT IN ('deceased', 'moved') OR a.organization = party
                         OR a.confirmed_at IS NOT NULL THEN everyone
                    ELSE a.organization END AS audience,
               max((a.event_time AT TIME ZONE 'UTC')::date) AS day
        FROM public.canvass_suppression_assertion AS a
        WHERE a.state = in_state AND a.voter = ANY (voters) AND NOT a.opted_in AND a.lifted_at IS NULL
          AND NOT EXISTS (SELECT FROM public.canvass_suppression_assertion AS o
                          WHERE o.state = in_state AND o.voter = a.voter AND o.kind = a.kind
                            AND o.opted_in AND o.lifted_at IS NULL AND o.event_time > a.event_time)
        GROUP BY 1, 2, 4
    ), gone AS (
        DELETE FROM public.canvass_suppression AS s
        WHERE s.state = in_state AND s.voter = ANY (voters) AND NOT EXISTS (
            SELECT FROM wanted AS w
            WHERE w.voter = s.voter AND w.kind = s.kind AND w.audience = s.audience)
        RETURNING s.voter, s.place, s.kind, s.audience, s.day
    ), kept AS (
        INSERT INTO public.canvass_suppression AS s (state, voter, kind, audience, place, day)
        SELECT in_state, w.voter, w.kind, w.audience, w.place, w.day FROM wanted AS w
        ON CONFLICT ON CONSTRAINT canvass_suppression_pkey DO UPDATE SET day = excluded.day
        WHERE s.day <> excluded.day
        RETURNING s.voter, s.place, s.kind, s.audience, s.day
    )
    SELECT g.voter, g.place, g.kind, g.audience, g.day, false FROM gone AS g
    UNION ALL
    SELECT k.voter, k.place, k.kind, k.audience, k.day, true FROM kept AS k
    ORDER BY 1, 3, 4;
END $$;
GRANT EXECUTE ON FUNCTION sec.claim_inbox(integer), sec.lock_places(text), sec.current_places(text, bigint[]),
    sec.bind_suppressions(text, uuid[]) TO coop_app;
RESET ROLE;

-- An organization's own words and receipts -----------------------------------------------------------

SELECT sec.wall('canvass_survey_question');
SELECT sec.wall('canvass_survey_response');
SELECT sec.wall('canvass_activist_code');
GRANT SELECT, INSERT, UPDATE ON canvass_survey_question, canvass_survey_response, canvass_activist_code TO coop_app;
CREATE POLICY own_read ON canvass_survey_question FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization()));
CREATE POLICY own_manage ON canvass_survey_question TO coop_app
    USING (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage')
    WITH CHECK (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage');
CREATE POLICY own_read ON canvass_survey_response FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization()));
CREATE POLICY own_manage ON canvass_survey_response TO coop_app
    USING (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage')
    WITH CHECK (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage'
        AND EXISTS (SELECT FROM canvass_survey_question AS q
                    WHERE q.id = question_id AND q.organization = canvass_survey_response.organization));
CREATE POLICY own_read ON canvass_activist_code FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization()));
CREATE POLICY own_manage ON canvass_activist_code TO coop_app
    USING (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage')
    WITH CHECK (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage');

SELECT sec.wall('canvass_receipt');
GRANT SELECT, INSERT ON canvass_receipt TO coop_app;
CREATE POLICY own_read ON canvass_receipt FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization()));
CREATE POLICY contributes ON canvass_receipt FOR INSERT TO coop_app
    WITH CHECK (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'contribute');
