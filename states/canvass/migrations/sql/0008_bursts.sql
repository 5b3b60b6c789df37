-- Bursts of suppressions: more of a kind from one source within an hour than people say in earnest.
-- Written when a batch is applied; for the state's owner, who may lift them.

CREATE TABLE canvass_burst (
    state text NOT NULL,
    organization uuid NOT NULL,
    source text NOT NULL,
    kind text NOT NULL,
    since timestamptz NOT NULL,
    assertions integer NOT NULL,
    noticed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT canvass_burst_pkey PRIMARY KEY (state, organization, source, kind, since)
) PARTITION BY LIST (state);
COMMENT ON COLUMN canvass_burst.since IS 'The hour, UTC; `assertions` counts those of that hour so far.';
SELECT sec.wall_state_table('canvass_burst');
GRANT SELECT ON canvass_burst TO coop_app;
GRANT SELECT, INSERT, UPDATE (assertions) ON canvass_burst TO coop_worker;
CREATE POLICY notes ON canvass_burst TO coop_worker USING (true) WITH CHECK (true);
CREATE POLICY owner_reads ON canvass_burst FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{read,manage}'))::text[]));

SET LOCAL ROLE coop_worker;
-- Notes the bursts of the acting organization in this hour; gives back those that are new.
CREATE FUNCTION sec.note_bursts(in_state text, at_least integer)
RETURNS TABLE (burst_source text, burst_kind text, burst_assertions integer)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH counted AS (
        SELECT a.source, a.kind, count(*)::integer AS found FROM public.canvass_suppression_assertion AS a
        WHERE (SELECT sec.action()) = 'apply' AND a.state = in_state
          AND a.organization = (SELECT sec.organization())
          AND a.asserted_at >= date_trunc('hour', now(), 'UTC') AND NOT a.opted_in
        GROUP BY a.source, a.kind HAVING count(*) >= at_least
    )
    INSERT INTO public.canvass_burst AS b (state, organization, source, kind, since, assertions)
    SELECT in_state, sec.organization(), c.source, c.kind, date_trunc('hour', now(), 'UTC'), c.found
    FROM counted AS c ORDER BY c.source, c.kind
    ON CONFLICT ON CONSTRAINT canvass_burst_pkey DO UPDATE SET assertions = greatest(b.assertions, excluded.assertions)
    RETURNING new.source, new.kind, CASE WHEN old.state IS NULL THEN new.assertions END
$$;
GRANT EXECUTE ON FUNCTION sec.note_bursts(text, integer) TO coop_app;
RESET ROLE;
