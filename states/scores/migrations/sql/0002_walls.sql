-- A score set, its name and its values are the uploader's: nobody else sees them, the state's
-- owner included, unless they are shared; and then never beyond the receiver's own grant.

CREATE TABLE voters_score (
    state text NOT NULL,
    score_set uuid NOT NULL,
    version integer NOT NULL,
    voter uuid NOT NULL,
    place integer NOT NULL,
    value double precision NOT NULL,
    CONSTRAINT voters_score_pkey PRIMARY KEY (state, score_set, version, voter)
) PARTITION BY LIST (state);
-- A publication moves all sets' values of its movers.
CREATE INDEX voters_score_voter ON voters_score (state, voter);

-- The version that counts: readers change over to a newer one at once.
CREATE TABLE scores_holding (
    state text NOT NULL,
    score_set uuid NOT NULL,
    version integer NOT NULL,
    CONSTRAINT scores_holding_pkey PRIMARY KEY (state, score_set)
) PARTITION BY LIST (state);

CREATE TABLE scores_fault (
    upload uuid NOT NULL,
    line integer NOT NULL,
    organization uuid NOT NULL,
    code text NOT NULL,
    detail text NOT NULL,
    voter text NOT NULL,
    score text NOT NULL,
    CONSTRAINT scores_fault_pkey PRIMARY KEY (upload, line)
);

SELECT sec.wall(name) FROM unnest('{scores_set,scores_share,scores_upload,scores_fault}'::text[]) AS name;
SELECT sec.wall_state_table('voters_score');
SELECT sec.wall_state_table('scores_holding');
SELECT sec.follow_voters('voters_score');

GRANT SELECT ON scores_set, scores_share TO coop_policy;
CREATE POLICY behind_policies ON scores_set FOR SELECT TO coop_policy USING (true);
CREATE POLICY behind_policies ON scores_share FOR SELECT TO coop_policy USING (true);

SET LOCAL ROLE coop_policy;
-- The acting organization's own score sets, and with those shared with it, as one array each.
CREATE FUNCTION sec.own_score_sets() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(s.id), '{}') FROM public.scores_set AS s
    WHERE s.organization = (SELECT sec.organization())
$$;
CREATE FUNCTION sec.score_sets() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT sec.own_score_sets() || coalesce(array_agg(h.score_set_id), '{}') FROM public.scores_share AS h
    WHERE h.receiver = (SELECT sec.organization())
$$;
GRANT EXECUTE ON FUNCTION sec.own_score_sets(), sec.score_sets() TO coop_app, coop_policy, coop_worker;
RESET ROLE;

GRANT SELECT, INSERT, DELETE ON scores_set TO coop_app;
CREATE POLICY own_or_shared ON scores_set FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization()) OR id = ANY ((SELECT sec.score_sets())::uuid[]));
CREATE POLICY own_declare ON scores_set FOR INSERT TO coop_app
    WITH CHECK (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage');
CREATE POLICY own_delete ON scores_set FOR DELETE TO coop_app
    USING (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage');

GRANT SELECT, INSERT, DELETE ON scores_share TO coop_app;
CREATE POLICY either_side ON scores_share FOR SELECT TO coop_app
    USING ((SELECT sec.organization()) IN (organization, receiver));
CREATE POLICY own_share ON scores_share FOR INSERT TO coop_app
    WITH CHECK (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage'
        AND score_set_id = ANY ((SELECT sec.own_score_sets())::uuid[]));
CREATE POLICY own_unshare ON scores_share FOR DELETE TO coop_app
    USING (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage');

GRANT SELECT, INSERT, UPDATE, DELETE ON scores_upload TO coop_app;
GRANT SELECT, UPDATE ON scores_upload TO coop_worker;
CREATE POLICY worker ON scores_upload TO coop_worker USING (true) WITH CHECK (true);
CREATE POLICY own_read ON scores_upload FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization()));
CREATE POLICY own_upload ON scores_upload FOR INSERT TO coop_app
    WITH CHECK (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'read'
        AND score_set_id = ANY ((SELECT sec.own_score_sets())::uuid[]));
CREATE POLICY own_progress ON scores_upload FOR UPDATE TO coop_app
    USING (organization = (SELECT sec.organization()))
    WITH CHECK (organization = (SELECT sec.organization())
        AND score_set_id = ANY ((SELECT sec.own_score_sets())::uuid[]));
CREATE POLICY own_delete ON scores_upload FOR DELETE TO coop_app
    USING (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage');

GRANT SELECT, INSERT, DELETE ON scores_fault TO coop_app;
CREATE POLICY own_read ON scores_fault FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization()));
CREATE POLICY own_note ON scores_fault FOR INSERT TO coop_app
    WITH CHECK (organization = (SELECT sec.organization()));
CREATE POLICY own_forget ON scores_fault FOR DELETE TO coop_app
    USING (organization = (SELECT sec.organization()));

GRANT SELECT, INSERT, UPDATE ON scores_holding TO coop_app;
GRANT SELECT, DELETE ON scores_holding TO coop_worker;
CREATE POLICY worker ON scores_holding TO coop_worker USING (true) WITH CHECK (true);
CREATE POLICY known_and_related ON scores_holding FOR SELECT TO coop_app
    USING (score_set = ANY ((SELECT sec.score_sets())::uuid[])
        AND state = ANY ((SELECT sec.related_states())::text[]));
CREATE POLICY own_hold ON scores_holding FOR INSERT TO coop_app
    WITH CHECK (score_set = ANY ((SELECT sec.own_score_sets())::uuid[])
        AND state = ANY ((SELECT sec.related_states())::text[]));
CREATE POLICY own_change_over ON scores_holding FOR UPDATE TO coop_app
    USING (score_set = ANY ((SELECT sec.own_score_sets())::uuid[]))
    WITH CHECK (score_set = ANY ((SELECT sec.own_score_sets())::uuid[])
        AND state = ANY ((SELECT sec.related_states())::text[]));

-- Values: a set that one may know of, and a voter whom one may read. Who may only count learns
-- nothing by scores: with values of one's own making, single voters could be told by figures.
GRANT SELECT, INSERT, UPDATE (value) ON voters_score TO coop_app;
CREATE POLICY known_and_licensed ON voters_score FOR SELECT TO coop_app
    USING (score_set = ANY ((SELECT sec.score_sets())::uuid[]) AND place > 0 AND (
        state = ANY ((SELECT sec.whole_states('registration', '{read,export}'))::text[])
        OR place = ANY ((SELECT sec.places('registration', '{read,export}'))::integer[])
        OR state = ANY ((SELECT sec.owned_states('{read,export}'))::text[])));
CREATE POLICY own_upload ON voters_score FOR INSERT TO coop_app
    WITH CHECK (score_set = ANY ((SELECT sec.own_score_sets())::uuid[]) AND place > 0 AND (
        state = ANY ((SELECT sec.whole_states('registration', '{read}'))::text[])
        OR place = ANY ((SELECT sec.places('registration', '{read}'))::integer[])
        OR state = ANY ((SELECT sec.owned_states('{read}'))::text[])));
CREATE POLICY own_repeat ON voters_score FOR UPDATE TO coop_app
    USING (score_set = ANY ((SELECT sec.own_score_sets())::uuid[]) AND (SELECT sec.action()) = 'read')
    WITH CHECK (score_set = ANY ((SELECT sec.own_score_sets())::uuid[]));

GRANT SELECT, DELETE ON voters_score TO coop_worker;
CREATE POLICY worker ON voters_score TO coop_worker USING (true) WITH CHECK (true);

SET LOCAL ROLE coop_worker;
-- Leases the oldest upload that waits; of one set and state one at a time, in order. A lease ends
-- by itself a minute after its worker's last sign.
CREATE FUNCTION sec.claim_scores(worker_name text) RETURNS TABLE (claimed uuid, organization uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF sec.action() IS DISTINCT FROM 'work' THEN RETURN; END IF;
    RETURN QUERY
    UPDATE public.scores_upload AS u
    SET worker = worker_name, status = 'reading', heartbeat_at = clock_timestamp(), leased_at = clock_timestamp(),
        lines_skipped = u.lines_done, attempts = u.attempts + (u.heartbeat_at IS NOT NULL)::integer
    WHERE u.id = (
        SELECT w.id FROM public.scores_upload AS w
        WHERE w.status IN ('queued', 'reading')
          AND coalesce(w.heartbeat_at < clock_timestamp() - interval '1 minute', true)
          AND NOT EXISTS (
              SELECT FROM public.scores_upload AS earlier
              WHERE earlier.score_set_id = w.score_set_id AND earlier.state = w.state
                AND earlier.status IN ('queued', 'reading') AND earlier.version < w.version)
        ORDER BY w.uploaded_at, w.id LIMIT 1
        FOR UPDATE SKIP LOCKED)
    RETURNING u.id, u.organization;
END $$;

-- Drops a set's values that do not count and that no upload is bringing: also of voters whom the
-- uploader may read no longer. Of a set that is going, all of them.
CREATE FUNCTION sec.drop_scores(in_state text, in_set uuid, whole boolean) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT coalesce(in_set = ANY (sec.own_score_sets()), false) THEN
        RAISE EXCEPTION 'no such score set' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF whole THEN
        DELETE FROM public.scores_holding AS h WHERE h.state = in_state AND h.score_set = in_set;
    END IF;
    DELETE FROM public.voters_score AS v
    WHERE v.state = in_state AND v.score_set = in_set AND (whole OR NOT (
        v.version = ANY (ARRAY(
            SELECT h.version FROM public.scores_holding AS h WHERE h.state = in_state AND h.score_set = in_set
            UNION ALL SELECT u.version FROM public.scores_upload AS u
            WHERE u.state = in_state AND u.score_set_id = in_set AND u.status IN ('queued', 'reading')))));
END $$;
GRANT EXECUTE ON FUNCTION sec.claim_scores(text), sec.drop_scores(text, uuid, boolean) TO coop_app;
RESET ROLE;
