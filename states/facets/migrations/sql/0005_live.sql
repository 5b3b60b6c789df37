-- What an organization was shown of contacts and suppressions, as bitmaps at a position of the state's feed: where its
-- processes begin. Each place's lies by itself, under the policies of the rows that it was made from.
CREATE TABLE facets_live (
    state text NOT NULL,
    organization uuid NOT NULL,
    place integer NOT NULL,
    pooled boolean NOT NULL,
    version uuid NOT NULL,
    position bigint NOT NULL,
    bits bytea NOT NULL,
    CONSTRAINT facets_live_pkey PRIMARY KEY (state, organization, place)
) PARTITION BY LIST (state);
COMMENT ON TABLE facets_live IS 'One reader''s live bitmaps of one place, packed; `pooled`: made with the pool''s contacts in sight.';
SELECT sec.wall_state_table('facets_live');
ALTER TABLE facets_live ALTER COLUMN bits SET STORAGE EXTERNAL;
GRANT SELECT ON facets_live TO coop_app;
GRANT SELECT, INSERT, DELETE ON facets_live TO coop_worker;
CREATE POLICY keeps ON facets_live TO coop_worker USING (true) WITH CHECK (true);
CREATE POLICY own ON facets_live FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization()) AND place > 0
        AND (state = ANY ((SELECT sec.owned_states('{read,export}'))::text[])
            OR state = ANY ((SELECT sec.whole_states('registration', '{read,export}'))::text[])
            OR place = ANY ((SELECT sec.places('registration', '{read,export}'))::integer[]))
        AND (NOT pooled
            OR state = ANY ((SELECT sec.owned_states('{read,export}'))::text[])
            OR state = ANY ((SELECT sec.whole_states('contacts', '{read,export}'))::text[])
            OR place = ANY ((SELECT sec.places('contacts', '{read,export}'))::integer[])));

-- Whose live bitmaps are to be kept: who asked lately. Nobody reads it but through the functions below.
CREATE TABLE facets_live_wanted (
    organization uuid NOT NULL,
    state text NOT NULL,
    wanted boolean NOT NULL,
    asked_at timestamptz NOT NULL,
    claimed_until timestamptz,
    CONSTRAINT facets_live_wanted_pkey PRIMARY KEY (organization, state)
);
COMMENT ON COLUMN facets_live_wanted.wanted IS 'A process had to read everything, since nothing that it could use was kept.';
SELECT sec.wall('facets_live_wanted');
GRANT SELECT, INSERT, UPDATE, DELETE ON facets_live_wanted TO coop_worker;
CREATE POLICY keeps ON facets_live_wanted TO coop_worker USING (true) WITH CHECK (true);
GRANT SELECT ON facets_version TO coop_worker;
CREATE POLICY keeps ON facets_version FOR SELECT TO coop_worker USING (true);

SET LOCAL ROLE coop_worker;
-- Notes that the acting organization asks about live values of a state; `missed`: nothing was kept for it. It waits for
-- nobody: who is just noting the same will do.
CREATE FUNCTION sec.want_live(in_state text, missed boolean) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF sec.organization() IS NULL OR NOT in_state = ANY (sec.related_states()) THEN
        RAISE EXCEPTION 'no such state' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT pg_try_advisory_xact_lock(hashtextextended('live wanted ' || sec.organization() || in_state, 0)) THEN
        RETURN;
    END IF;
    INSERT INTO public.facets_live_wanted AS w (organization, state, wanted, asked_at)
    VALUES (sec.organization(), in_state, missed, now())
    ON CONFLICT (organization, state) DO UPDATE SET wanted = w.wanted OR excluded.wanted, asked_at = excluded.asked_at
    WHERE (excluded.wanted AND NOT w.wanted) OR w.asked_at < excluded.asked_at - interval '1 day';
END $$;

-- Claims one organization's bitmaps of a state that are missing, of another version, or more than `behind`
-- changes old; nobody else is given them for two minutes. Forgets who has not asked for a week.
CREATE FUNCTION sec.claim_live(behind bigint) RETURNS TABLE (in_state text, organization uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF sec.action() IS DISTINCT FROM 'work' THEN
        RETURN;
    END IF;
    WITH gone AS (
        DELETE FROM public.facets_live_wanted AS w WHERE w.asked_at < now() - interval '7 days'
        RETURNING w.state, w.organization)
    DELETE FROM public.facets_live AS k USING gone AS g
    WHERE k.state = g.state AND k.organization = g.organization;
    RETURN QUERY
    UPDATE public.facets_live_wanted AS w SET claimed_until = clock_timestamp() + interval '2 minutes'
    FROM (SELECT d.state, d.organization FROM public.facets_live_wanted AS d
          JOIN public.facets_version AS v ON v.state = d.state
          LEFT JOIN LATERAL (SELECT k.version, k.position FROM public.facets_live AS k
                             WHERE k.state = d.state AND k.organization = d.organization LIMIT 1) AS k ON true
          LEFT JOIN public.feeds_position AS f ON f.state = d.state
          WHERE (d.claimed_until IS NULL OR d.claimed_until < clock_timestamp())
            AND (d.wanted OR k.version <> v.version OR k.position < f.seq - behind)
          ORDER BY d.wanted DESC, d.asked_at DESC LIMIT 1 FOR UPDATE OF d SKIP LOCKED) AS due
    WHERE w.state = due.state AND w.organization = due.organization
    RETURNING w.state, w.organization;
END $$;

-- Keeps the acting organization's bitmaps of a state in the place of those before; none, where it has none to see.
CREATE FUNCTION sec.keep_live(in_state text, of_version uuid, at_position bigint, in_places integer[], seen_pooled boolean[],
                              packed bytea[]) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mine constant uuid := sec.organization();
    written bigint;
BEGIN
    IF sec.action() IS DISTINCT FROM 'apply' OR mine IS NULL THEN
        RAISE EXCEPTION 'nothing is kept here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM public.facets_live AS k WHERE k.state = in_state AND k.organization = mine;
    INSERT INTO public.facets_live (state, organization, place, pooled, version, position, bits)
    SELECT in_state, mine, one.place, one.pooled, of_version, at_position, one.bits
    FROM unnest(in_places, seen_pooled, packed) AS one (place, pooled, bits)
    WHERE EXISTS (SELECT FROM public.jurisdictions_place AS p
                  WHERE p.state = in_state AND p.place = one.place AND p.place > 0);
    GET DIAGNOSTICS written = ROW_COUNT;
    UPDATE public.facets_live_wanted AS w SET wanted = false, claimed_until = NULL
    WHERE w.state = in_state AND w.organization = mine;
    RETURN written;
END $$;
GRANT EXECUTE ON FUNCTION sec.want_live(text, boolean), sec.claim_live(bigint),
    sec.keep_live(text, uuid, bigint, integer[], boolean[], bytea[]) TO coop_app;
RESET ROLE;
