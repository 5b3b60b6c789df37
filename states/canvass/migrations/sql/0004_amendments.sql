-- Corrections and retractions: events of their own about a contact, by the organization that
-- pushed it. What was said before is kept; the contact shows its newest version.

ALTER TABLE canvass_inbox ADD COLUMN kind text NOT NULL DEFAULT 'contact', ADD COLUMN amends uuid;
ALTER TABLE canvass_inbox ADD CONSTRAINT canvass_inbox_kind_is_known
    CHECK (kind IN ('contact', 'correction', 'retraction'));
ALTER TABLE canvass_inbox ADD CONSTRAINT canvass_inbox_amendment_names_its_contact
    CHECK ((kind = 'contact') = (amends IS NULL));
CREATE INDEX canvass_inbox_amends ON canvass_inbox (state, amends) WHERE amends IS NOT NULL;
-- An amendment holds on to the row of a contact that was set aside, until it is kept itself.
GRANT UPDATE (attempts) ON canvass_inbox TO coop_worker;
CREATE POLICY holds ON canvass_inbox FOR UPDATE TO coop_worker USING (true) WITH CHECK (true);

ALTER TABLE canvass_contact ADD COLUMN seq bigint NOT NULL DEFAULT 0,
    ADD COLUMN version uuid, ADD COLUMN corrected_at timestamptz;
COMMENT ON COLUMN canvass_contact.seq IS 'Its number in the inbox: decides between events of the same time.';
COMMENT ON COLUMN canvass_contact.version IS 'The correction whose values it shows; none: as it was pushed.';
ALTER POLICY pool ON canvass_contact USING (pooled AND retracted_at IS NULL AND (
    state = ANY ((SELECT sec.owned_states('{read,export}'))::text[])
    OR (place > 0 AND state = ANY ((SELECT sec.whole_states('contacts', '{read,export}'))::text[]))
    OR place = ANY ((SELECT sec.places('contacts', '{read,export}'))::integer[])));
ALTER POLICY worker_applies ON canvass_contact
    WITH CHECK ((SELECT sec.action()) = 'apply' AND organization = (SELECT sec.organization())
        AND retracted_at IS NULL AND version IS NULL
        AND EXISTS (SELECT FROM canvass_inbox AS i
                    WHERE i.state = canvass_contact.state AND i.contact = canvass_contact.contact
                      AND i.voter = canvass_contact.voter AND i.pooled = canvass_contact.pooled
                      AND i.organization = canvass_contact.organization AND i.seq = canvass_contact.seq
                      AND i.kind = 'contact' AND i.status = 'queued'));
GRANT SELECT, UPDATE ON canvass_contact, canvass_contact_detail TO coop_worker;
CREATE POLICY amends ON canvass_contact TO coop_worker USING (true) WITH CHECK (true);
CREATE POLICY amends ON canvass_contact_detail TO coop_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON canvass_standing TO coop_worker;
CREATE POLICY recounts ON canvass_standing TO coop_worker USING (true) WITH CHECK (true);

-- Every version of a contact that was ever amended: for the organization that pushed it alone.
CREATE TABLE canvass_contact_version (
    state text NOT NULL,
    version uuid NOT NULL,
    contact uuid NOT NULL,
    voter uuid NOT NULL,
    place integer NOT NULL,
    organization uuid NOT NULL,
    kind text NOT NULL,
    seq bigint NOT NULL,
    pooled boolean NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    event_time timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    body jsonb NOT NULL,
    CONSTRAINT canvass_contact_version_pkey PRIMARY KEY (state, version),
    CONSTRAINT canvass_contact_version_kind_is_known CHECK (kind IN ('contact', 'correction', 'retraction'))
) PARTITION BY LIST (state);
CREATE INDEX canvass_contact_version_contact ON canvass_contact_version (state, contact, seq);
SELECT sec.wall_state_table('canvass_contact_version');
GRANT SELECT ON canvass_contact_version TO coop_app;
GRANT SELECT, INSERT ON canvass_contact_version TO coop_worker;
SELECT sec.follow_voters('canvass_contact_version');
CREATE POLICY keeps ON canvass_contact_version TO coop_worker USING (true) WITH CHECK (true);
CREATE POLICY own ON canvass_contact_version FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization())
        AND (place > 0 OR state = ANY ((SELECT sec.owned_states())::text[])));

ALTER TABLE canvass_suppression_assertion ADD COLUMN withdrawn_at timestamptz;
COMMENT ON COLUMN canvass_suppression_assertion.withdrawn_at IS
    'When its contact was corrected or retracted; what the owner has confirmed stays.';
CREATE INDEX canvass_suppression_assertion_contact ON canvass_suppression_assertion (state, contact);
GRANT INSERT, UPDATE (withdrawn_at) ON canvass_suppression_assertion TO coop_worker;
CREATE POLICY restates_new ON canvass_suppression_assertion FOR INSERT TO coop_worker WITH CHECK (true);
CREATE POLICY restates_old ON canvass_suppression_assertion FOR UPDATE TO coop_worker USING (true) WITH CHECK (true);

SET LOCAL ROLE coop_worker;

-- Keeps one's own queued amendments as versions of their contacts and returns which; one whose
-- contact still waits is left for later. A contact that was set aside cannot be replayed
-- meanwhile, so that whoever applies it sees them.
CREATE FUNCTION sec.keep_versions(in_state text, seqs bigint[]) RETURNS SETOF bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF sec.action() IS DISTINCT FROM 'apply' THEN
        RAISE EXCEPTION 'no contact is written here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM FROM public.canvass_inbox AS c
    WHERE c.state = in_state AND c.organization = sec.organization() AND c.status = 'set_aside'
      AND c.contact IN (SELECT i.amends FROM public.canvass_inbox AS i
                        WHERE i.state = in_state AND i.seq = ANY (seqs))
    ORDER BY c.seq FOR SHARE;
    RETURN QUERY
    WITH ready AS (
        SELECT i.* FROM public.canvass_inbox AS i
        WHERE i.state = in_state AND i.seq = ANY (seqs) AND i.kind <> 'contact' AND i.status = 'queued'
          AND i.organization = sec.organization() AND NOT EXISTS (
              SELECT FROM public.canvass_inbox AS c
              WHERE c.state = in_state AND c.contact = i.amends AND c.status = 'queued')
    ), kept AS (
        INSERT INTO public.canvass_contact_version (state, version, contact, voter, place, organization,
            kind, seq, pooled, source, event_id, event_time, received_at, body)
        SELECT r.state, r.contact, r.amends, r.voter, r.place, r.organization, r.kind, r.seq, r.pooled,
               r.source, r.event_id, r.event_time, r.received_at, r.body FROM ready AS r
    )
    SELECT r.seq FROM ready AS r;
END $$;

-- Brings one's own contacts in line with their versions: the newest correction counts, a
-- retraction ends it, whatever the order of their arrival. What was pushed is kept as a version
-- first. A contact leaves the pool where a correction must be held, and never enters it.
CREATE FUNCTION sec.amend_contacts(in_state text, contacts uuid[])
RETURNS TABLE (contact uuid, voter uuid, place integer, source text, was_pooled boolean, pooled boolean,
               retracted boolean, event_time timestamptz, body jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    mine constant uuid := sec.organization();
BEGIN
    IF sec.action() IS DISTINCT FROM 'apply' THEN
        RAISE EXCEPTION 'no contact is written here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM FROM public.canvass_contact AS c
    WHERE c.state = in_state AND c.contact = ANY (contacts) AND c.organization = mine
    ORDER BY c.contact FOR UPDATE;
    INSERT INTO public.canvass_contact_version AS v (state, version, contact, voter, place, organization,
        kind, seq, pooled, source, event_id, event_time, received_at, body)
    SELECT c.state, c.contact, c.contact, c.voter, c.place, c.organization, 'contact', c.seq, c.pooled,
           d.source, d.event_id, c.event_time, c.received_at,
           jsonb_build_object('contact_type', c.contact_type, 'input_type', c.input_type,
               'result_code', c.result_code, 'support', c.support, 'canvasser', d.canvasser, 'phone', d.phone,
               'survey_responses', d.survey_responses, 'activist_codes', d.activist_codes,
               'suppressions', said.outs, 'opt_ins', said.ins)
    FROM public.canvass_contact AS c
    JOIN public.canvass_contact_detail AS d ON d.state = in_state AND d.contact = c.contact
    CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_agg(a.kind ORDER BY a.kind) FILTER (WHERE NOT a.opted_in), '[]') AS outs,
               coalesce(jsonb_agg(a.kind ORDER BY a.kind) FILTER (WHERE a.opted_in), '[]') AS ins
        FROM public.canvass_suppression_assertion AS a
        WHERE a.state = in_state AND a.contact = c.contact AND a.kind IN ('call', 'text', 'door')
          AND a.withdrawn_at IS NULL) AS said
    WHERE c.state = in_state AND c.contact = ANY (contacts) AND c.organization = mine AND c.version IS NULL
      AND EXISTS (SELECT FROM public.canvass_contact_version AS a
                  WHERE a.state = in_state AND a.contact = c.contact AND a.kind <> 'contact')
    ON CONFLICT DO NOTHING;
    RETURN QUERY
    WITH newest AS (
        SELECT DISTINCT ON (v.contact) v.contact, v.version, v.kind, v.event_time, v.received_at, v.body
        FROM public.canvass_contact_version AS v
        WHERE v.state = in_state AND v.contact = ANY (contacts) AND v.kind <> 'retraction'
          AND v.organization = mine
        ORDER BY v.contact, v.kind = 'correction' DESC, v.seq DESC
    ), fate AS (
        SELECT v.contact, min(v.received_at) FILTER (WHERE v.kind = 'retraction') AS retracted_at,
               bool_and(v.pooled) FILTER (WHERE v.kind <> 'retraction') AS pooled
        FROM public.canvass_contact_version AS v
        WHERE v.state = in_state AND v.contact = ANY (contacts) AND v.organization = mine
        GROUP BY v.contact
    ), amended AS (
        UPDATE public.canvass_contact AS c
        SET contact_type = (n.body ->> 'contact_type')::smallint,
            input_type = (n.body ->> 'input_type')::smallint,
            result_code = (n.body ->> 'result_code')::smallint,
            support = (n.body ->> 'support')::smallint,
            event_time = n.event_time, pooled = f.pooled, retracted_at = f.retracted_at,
            version = CASE WHEN n.kind = 'correction' THEN n.version END,
            corrected_at = CASE WHEN n.kind = 'correction' THEN n.received_at END
        FROM newest AS n JOIN fate AS f ON f.contact = n.contact
        WHERE c.state = in_state AND c.contact = n.contact AND c.organization = mine
          AND c.retracted_at IS NULL AND (f.retracted_at IS NOT NULL OR c.pooled <> f.pooled
              OR (n.kind = 'correction' AND c.version IS DISTINCT FROM n.version))
        RETURNING c.contact, c.voter, c.place, old.pooled AS was_pooled, new.pooled AS pooled,
                  c.retracted_at IS NOT NULL AS retracted, c.event_time, n.body
    ), detailed AS (
        UPDATE public.canvass_contact_detail AS d
        SET canvasser = a.body ->> 'canvasser', phone = a.body ->> 'phone',
            survey_responses = a.body -> 'survey_responses', activist_codes = a.body -> 'activist_codes'
        FROM amended AS a WHERE d.state = in_state AND d.contact = a.contact
        RETURNING d.contact, d.source
    )
    SELECT a.contact, a.voter, a.place, d.source, a.was_pooled, a.pooled, a.retracted, a.event_time, a.body
    FROM amended AS a JOIN detailed AS d ON d.contact = a.contact ORDER BY a.contact;
END $$;

-- Makes what these contacts assert of their voters be `stated` and nothing else. What the owner
-- has confirmed stays, and what it has lifted stays lifted.
CREATE FUNCTION sec.restate_assertions(in_state text, contacts uuid[], stated jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    mine constant uuid := sec.organization();
BEGIN
    IF sec.action() IS DISTINCT FROM 'apply' THEN
        RAISE EXCEPTION 'no contact is written here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.canvass_suppression_assertion AS a SET withdrawn_at = now()
    WHERE a.state = in_state AND a.contact = ANY (contacts) AND a.organization = mine
      AND a.withdrawn_at IS NULL AND a.confirmed_at IS NULL;
    INSERT INTO public.canvass_suppression_assertion AS a (state, assertion, voter, place, kind, opted_in,
        organization, source, contact, phone, event_time, lifted_at, lifted_by)
    SELECT in_state, s.assertion, s.voter, s.place, s.kind, s.opted_in, mine, s.source, s.contact, s.phone,
           s.event_time, before.lifted_at, before.lifted_by
    FROM jsonb_to_recordset(stated) AS
        s(assertion uuid, voter uuid, place integer, kind text, opted_in boolean, source text, contact uuid,
          phone text, event_time timestamptz)
    LEFT JOIN LATERAL (
        SELECT b.lifted_at, b.lifted_by FROM public.canvass_suppression_assertion AS b
        WHERE b.state = in_state AND b.contact = s.contact AND b.kind = s.kind AND b.organization = mine
          AND b.opted_in = s.opted_in AND b.lifted_at IS NOT NULL
        ORDER BY b.lifted_at LIMIT 1) AS before ON true
    WHERE EXISTS (SELECT FROM public.canvass_contact AS c
                  WHERE c.state = in_state AND c.contact = s.contact AND c.contact = ANY (contacts)
                    AND c.voter = s.voter AND c.organization = mine)
      AND NOT EXISTS (SELECT FROM public.canvass_suppression_assertion AS k
                      WHERE k.state = in_state AND k.contact = s.contact AND k.kind = s.kind
                        AND k.confirmed_at IS NOT NULL AND k.withdrawn_at IS NULL);
END $$;

-- Works the current values of these voters out anew from history, for the acting organization
-- and for the pool. The rows are locked first: who is adding to one is waited for, and who
-- comes after adds to the new figures.
CREATE FUNCTION sec.recount_standing(in_state text, voters uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    everyone constant uuid := '00000000-0000-0000-0000-000000000000';
    mine constant uuid := sec.organization();
BEGIN
    IF sec.action() IS DISTINCT FROM 'apply' THEN
        RAISE EXCEPTION 'no contact is written here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM FROM public.canvass_standing AS s
    WHERE s.state = in_state AND s.voter = ANY (voters) AND s.audience IN (mine, everyone)
    ORDER BY s.voter, s.audience FOR UPDATE;
    DELETE FROM public.canvass_standing AS s
    WHERE s.state = in_state AND s.voter = ANY (voters) AND s.audience IN (mine, everyone)
      AND NOT EXISTS (SELECT FROM public.canvass_contact AS c
                      WHERE c.state = in_state AND c.voter = s.voter AND c.retracted_at IS NULL
                        AND CASE WHEN s.audience = everyone THEN c.pooled ELSE c.organization = mine END);
    INSERT INTO public.canvass_standing AS s (state, voter, audience, place, last_contact_at,
        last_contact_type, last_result, last_seq, attempts, held_attempts, reached_at, support,
        support_at, support_seq)
    SELECT in_state, t.voter, t.audience, max(t.place), max(t.event_time),
           (array_agg(t.contact_type ORDER BY t.event_time DESC, t.seq DESC))[1],
           (array_agg(t.result_code ORDER BY t.event_time DESC, t.seq DESC))[1],
           (array_agg(t.seq ORDER BY t.event_time DESC, t.seq DESC))[1],
           count(*), count(*) FILTER (WHERE NOT t.pooled),
           max(t.event_time) FILTER (WHERE t.result_code = 14),
           (array_agg(t.support ORDER BY t.event_time DESC, t.seq DESC) FILTER (WHERE t.support IS NOT NULL))[1],
           max(t.event_time) FILTER (WHERE t.support IS NOT NULL),
           (array_agg(t.seq ORDER BY t.event_time DESC, t.seq DESC) FILTER (WHERE t.support IS NOT NULL))[1]
    FROM (SELECT c.*, everyone AS audience FROM public.canvass_contact AS c
          WHERE c.state = in_state AND c.voter = ANY (voters) AND c.retracted_at IS NULL AND c.pooled
          UNION ALL
          SELECT c.*, mine FROM public.canvass_contact AS c
          WHERE c.state = in_state AND c.voter = ANY (voters) AND c.retracted_at IS NULL
            AND c.organization = mine) AS t
    GROUP BY t.voter, t.audience ORDER BY t.voter, t.audience
    ON CONFLICT (state, voter, audience) DO UPDATE SET
        (place, last_contact_at, last_contact_type, last_result, last_seq, attempts, held_attempts,
         reached_at, support, support_at, support_seq) = ROW(
         excluded.place, excluded.last_contact_at, excluded.last_contact_type, excluded.last_result,
         excluded.last_seq, excluded.attempts, excluded.held_attempts, excluded.reached_at,
         excluded.support, excluded.support_at, excluded.support_seq);
END $$;
GRANT EXECUTE ON FUNCTION sec.keep_versions(text, bigint[]), sec.amend_contacts(text, uuid[]),
    sec.restate_assertions(text, uuid[], jsonb), sec.recount_standing(text, uuid[]) TO coop_app;

-- As before, without what was withdrawn. Makes what binds these voters follow from the assertions, the most protective winning: an
-- opt-out yields only to a later opt-in or to the owner's lifting. Returns what changed.
CREATE OR REPLACE FUNCTION sec.bind_suppressions(in_state text, voters uuid[])
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
          AND a.phone = w.phone AND a.lifted_at IS NULL AND a.withdrawn_at IS NULL);
    INSERT INTO public.canvass_wrong_phone AS w (state, voter, phone, place, day)
    SELECT a.state, a.voter, a.phone, max(a.place), max((a.event_time AT TIME ZONE 'UTC')::date)
    FROM public.canvass_suppression_assertion AS a
    WHERE a.state = in_state AND a.voter = ANY (voters) AND a.kind = 'wrong_number'
      AND a.phone IS NOT NULL AND a.lifted_at IS NULL AND a.withdrawn_at IS NULL
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
        WHERE a.state = in_state AND a.voter = ANY (voters) AND NOT a.opted_in AND a.lifted_at IS NULL AND a.withdrawn_at IS NULL
          AND NOT EXISTS (SELECT FROM public.canvass_suppression_assertion AS o
                          WHERE o.state = in_state AND o.voter = a.voter AND o.kind = a.kind
                            AND o.opted_in AND o.lifted_at IS NULL AND o.withdrawn_at IS NULL AND o.event_time > a.event_time)
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
RESET ROLE;
