-- Tracers: a party's sealed set-up, and what was woven into each export. Both are the owner's alone: a
-- licensee's scope writes what it was given and cannot read it.

CREATE TABLE tracers_setup (
    state text NOT NULL,
    sealed bytea NOT NULL,
    active boolean NOT NULL,
    changed_by uuid NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT tracers_setup_pkey PRIMARY KEY (state)
) PARTITION BY LIST (state);
COMMENT ON COLUMN tracers_setup.active IS 'An ended set-up is kept: what left before is traced by its secret.';

CREATE TABLE tracers_woven (
    state text NOT NULL,
    export uuid NOT NULL,
    download integer NOT NULL,
    number integer NOT NULL,
    organization uuid NOT NULL,
    tracers integer NOT NULL,
    sealed bytea NOT NULL,
    woven_at timestamptz NOT NULL,
    CONSTRAINT tracers_woven_pkey PRIMARY KEY (state, export, download, number),
    CONSTRAINT tracers_woven_counts_up CHECK (download > 0 AND number >= 0 AND tracers >= 0)
) PARTITION BY LIST (state);

SELECT sec.wall_state_table('tracers_setup');
SELECT sec.wall_state_table('tracers_woven');

GRANT SELECT, INSERT, UPDATE (sealed, active, changed_by, changed_at) ON tracers_setup TO coop_app;
GRANT SELECT ON tracers_setup TO coop_policy;
CREATE POLICY behind_policies ON tracers_setup FOR SELECT TO coop_policy USING (true);
CREATE POLICY owner_reads ON tracers_setup FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{manage}'))::text[]));
CREATE POLICY owner_sets ON tracers_setup FOR INSERT TO coop_app
    WITH CHECK (state = ANY ((SELECT sec.owned_states('{manage}'))::text[]));
CREATE POLICY owner_changes ON tracers_setup FOR UPDATE TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{manage}'))::text[]))
    WITH CHECK (state = ANY ((SELECT sec.owned_states('{manage}'))::text[]));

SET LOCAL ROLE coop_policy;
-- The set-ups that bind the actor's exports: of states that license it to export, now. A state's own
-- party has none. The text is sealed: it opens with the application's key alone.
CREATE FUNCTION sec.tracers_for(of_states text[]) RETURNS TABLE (state text, sealed bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.state, t.sealed FROM public.tracers_setup AS t
    WHERE t.active AND t.state = ANY (of_states)
      AND t.state = ANY (sec.exportable_states())
      AND NOT t.state = ANY (sec.owned_states())
$$;

-- States whose exports may hold tracers: disclosed to every member, as a state's policy is.
CREATE FUNCTION sec.tracers_disclosed(of_states text[]) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(t.state ORDER BY t.state), '{}') FROM public.tracers_setup AS t
    WHERE t.active AND t.state = ANY (of_states) AND sec.organization() IS NOT NULL
$$;
GRANT EXECUTE ON FUNCTION sec.tracers_for(text[]), sec.tracers_disclosed(text[]) TO coop_app;
RESET ROLE;

GRANT SELECT, INSERT ON tracers_woven TO coop_app;
CREATE POLICY owner_reads ON tracers_woven FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{manage}'))::text[]));
CREATE POLICY own_woven ON tracers_woven FOR INSERT TO coop_app
    WITH CHECK (organization = (SELECT sec.organization())
        AND export = ANY ((SELECT sec.streaming_exports())::uuid[])
        AND state = ANY ((SELECT sec.exportable_states())::text[]));

SET LOCAL ROLE coop_worker;
-- Which of these ids some voter has in a register of the state, shielded voters too: a tracer takes none
-- of them. The question is the application's own, signed for the open scope to export: asked by
-- anyone else, it would tell who exists.
CREATE FUNCTION sec.registered_ids(in_state text, ids text[], signature text) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF sec.action() IS DISTINCT FROM 'export' OR NOT sec.verified(
        concat_ws('|', 'registered', in_state, current_setting('coop.actor'), nullif(array_to_string(ids, '|'), '')),
        signature)
    THEN
        RAISE EXCEPTION 'this question was not signed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN ARRAY(
        SELECT r.state_voter_id FROM public.voters_registration AS r
        WHERE r.state = in_state AND r.state_voter_id = ANY (ids)
        UNION
        SELECT r.county_voter_id FROM public.voters_registration AS r
        WHERE r.state = in_state AND r.county_voter_id = ANY (ids));
END $$;
GRANT EXECUTE ON FUNCTION sec.registered_ids(text, text[], text) TO coop_app;
RESET ROLE;
