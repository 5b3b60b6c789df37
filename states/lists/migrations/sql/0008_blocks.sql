-- Who left in an export is kept a block of voters a row, not a voter a row: a file of millions is
-- noted in the time that its lines take. Where each was at that moment stands beside; whoever
-- moved since is found when the file is asked for, and only after a publication.

CREATE TABLE lists_export_block (
    state text NOT NULL,
    export uuid NOT NULL,
    download integer NOT NULL,
    number integer NOT NULL,
    organization uuid NOT NULL,
    lowest uuid NOT NULL,
    highest uuid NOT NULL,
    voters uuid[] STORAGE EXTERNAL NOT NULL,
    places integer[] NOT NULL,
    obtained_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT lists_export_block_pkey PRIMARY KEY (state, export, download, number),
    CONSTRAINT lists_export_block_is_whole CHECK (cardinality(voters) = cardinality(places) AND lowest <= highest)
) PARTITION BY LIST (state);
COMMENT ON TABLE lists_export_block IS 'Who received which voters, ascending: the owner names the holders of a voter by it.';
COMMENT ON COLUMN lists_export_block.places IS 'Where each voter was when it was sent.';

CREATE TYPE sec.uuid_span AS RANGE (subtype = uuid);
GRANT EXECUTE ON FUNCTION sec.uuid_span(uuid, uuid, text) TO coop_app, coop_worker;
CREATE INDEX lists_export_block_span ON lists_export_block USING gist (sec.uuid_span(lowest, highest, '[]'));

SELECT sec.wall_state_table('lists_export_block');
GRANT INSERT ON lists_export_block TO coop_app;
GRANT SELECT, INSERT, DELETE ON lists_export_block TO coop_worker;
CREATE POLICY behind_policies ON lists_export_block TO coop_worker USING (true) WITH CHECK (true);

SET LOCAL ROLE coop_policy;
-- States of which the actor may export some voters now, as one array.
CREATE FUNCTION sec.exportable_states() RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT g.state_id::text), '{}') || sec.owned_states('{export}')
    FROM sec.grants_in_force('registration', '{export}') AS g
$$;
GRANT EXECUTE ON FUNCTION sec.exportable_states() TO coop_app;
RESET ROLE;

-- Nobody notes but for itself, in an export of its own that is running, where it may export.
-- Nobody reads: the owner asks sec.holders.
CREATE POLICY own_sent ON lists_export_block FOR INSERT TO coop_app
    WITH CHECK (organization = (SELECT sec.organization())
        AND export = ANY ((SELECT sec.streaming_exports())::uuid[])
        AND state = ANY ((SELECT sec.exportable_states())::text[]));

-- What was kept so far. The owner of a table that walls itself off reads it as the worker.
GRANT SELECT ON lists_export_member TO coop_worker;
CREATE POLICY behind_policies_too ON lists_export_member FOR SELECT TO coop_worker USING (true);
SET LOCAL ROLE coop_worker;
INSERT INTO lists_export_block
    (state, export, download, number, organization, lowest, highest, voters, places, obtained_at)
SELECT b.state, b.export, 0, b.number, b.organization, b.voters[1], b.voters[cardinality(b.voters)],
       b.voters, b.places, b.obtained_at
FROM (SELECT m.state, m.export, m.organization, (m.n - 1) / 1024 AS number, min(m.obtained_at) AS obtained_at,
             array_agg(m.voter ORDER BY m.n) AS voters, array_agg(m.sent_from ORDER BY m.n) AS places
      FROM (SELECT e.*, row_number() OVER (PARTITION BY e.state, e.export ORDER BY e.voter) AS n
            FROM lists_export_member AS e) AS m
      GROUP BY m.state, m.export, m.organization, (m.n - 1) / 1024) AS b;
RESET ROLE;

-- Kept files: by which publication a file was judged, and where its voters have gone since.
ALTER TABLE lists_spool
    ADD COLUMN since integer[] NOT NULL DEFAULT '{}',
    ADD COLUMN judged integer[] NOT NULL DEFAULT '{}',
    ADD COLUMN moved_to integer[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN lists_spool.since IS 'The newest publication of each of its states before the file was begun.';
COMMENT ON COLUMN lists_spool.judged IS 'The same when moves were last looked for.';
COMMENT ON COLUMN lists_spool.moved_to IS 'The places of voters in it who are not where they were when they were sent.';
GRANT UPDATE (judged, moved_to) ON lists_spool TO coop_worker;
CREATE POLICY judges ON lists_spool FOR UPDATE TO coop_worker USING (true) WITH CHECK (true);

SET LOCAL ROLE coop_worker;
-- Where the voters of a kept file are that have moved, if a publication has come since that was last
-- looked for. Every way by which a voter moves gives its registration the publication's number.
CREATE FUNCTION sec.judge_spool(of_export uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET work_mem = '64MB' AS $$
DECLARE
    kept public.lists_spool;
    newest integer[];
    gone_to integer[] := '{}';
BEGIN
    SELECT s.* INTO kept FROM public.lists_spool AS s
    WHERE s.export = of_export AND s.organization = sec.organization() AND sec.action() = 'export';
    IF NOT FOUND THEN RETURN; END IF;
    newest := ARRAY(SELECT coalesce((SELECT max(p.number) FROM public.voters_publication AS p
                                     WHERE p.state = one.code), 0)
                    FROM unnest(kept.states::text[]) WITH ORDINALITY AS one (code, n) ORDER BY one.n);
    IF newest = kept.judged THEN RETURN; END IF;
    FOR n IN 1 .. cardinality(newest) LOOP
        CONTINUE WHEN newest[n] = kept.since[n];
        gone_to := gone_to || ARRAY(
            SELECT DISTINCT r.place
            FROM public.lists_export_block AS b, unnest(b.voters, b.places) AS m (voter, place)
            JOIN public.voters_registration AS r ON r.state = kept.states[n] AND r.voter = m.voter
            WHERE b.state = kept.states[n] AND b.export = kept.export AND b.download IN (0, kept.number)
              AND r.publication > coalesce(kept.since[n], 0) AND r.place <> m.place);
    END LOOP;
    UPDATE public.lists_spool AS s SET judged = newest, moved_to = gone_to WHERE s.export = kept.export;
END $$;
GRANT EXECUTE ON FUNCTION sec.judge_spool(uuid) TO coop_policy;

-- Who received a voter in exports, for the state's owner alone.
CREATE FUNCTION sec.holders(in_state text, of_voter uuid)
RETURNS TABLE (organization uuid, exports bigint, first_at timestamptz, last_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT b.organization, count(DISTINCT b.export), min(b.obtained_at), max(b.obtained_at)
    FROM public.lists_export_block AS b
    WHERE b.state = in_state AND in_state = ANY (sec.owned_states('{read,manage}'))
      AND sec.uuid_span(b.lowest, b.highest, '[]') @> of_voter AND of_voter = ANY (b.voters)
    GROUP BY b.organization ORDER BY 3, 1
$$;
GRANT EXECUTE ON FUNCTION sec.holders(text, uuid) TO coop_app;
RESET ROLE;

SET LOCAL ROLE coop_policy;
-- squawk-ignore ban-drop-function
DROP FUNCTION sec.open_spool(uuid);
-- What opens a kept file of the actor's own, by a link that has not ended. A file that holds a
-- voter who is shielded now, or has moved to where its groups are not licensed, or that rests on a
-- grant that has ended, is outdated: its key does not leave.
CREATE FUNCTION sec.open_spool(of_export uuid)
RETURNS TABLE (number integer, sealed_key bytea, size bigint, sha256 text, outdated boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM sec.judge_spool(of_export);
    RETURN QUERY
    SELECT s.number, CASE WHEN NOT found.outdated THEN s.sealed_key END, s.size, s.sha256::text, found.outdated
    FROM public.lists_spool AS s
    JOIN public.lists_export AS e ON e.id = s.export AND e.organization = s.organization,
    LATERAL (SELECT
        NOT s.grants <@ ARRAY(SELECT g.id FROM sec.grants_in_force(NULL, '{export}') AS g)
        OR NOT s.owned::text[] <@ sec.owned_states('{export}')
        OR 0 >= ANY (s.moved_to)
        OR EXISTS (
            SELECT FROM public.jurisdictions_place AS p
            WHERE p.place = ANY (s.moved_to) AND NOT p.state = ANY (s.owned::text[]) AND EXISTS (
                SELECT FROM unnest(s.groups::text[]) AS named (g)
                WHERE NOT (p.state = ANY (sec.whole_states(named.g, '{export}'))
                           OR p.place = ANY (sec.places(named.g, '{export}'))))) AS outdated) AS found
    WHERE s.export = of_export AND s.organization = sec.organization()
      AND sec.action() = 'export' AND e.status = 'complete' AND e.expires_at > now();
END $$;
GRANT EXECUTE ON FUNCTION sec.open_spool(uuid) TO coop_app;
RESET ROLE;

-- squawk-ignore ban-drop-table
DROP TABLE lists_export_member;
DELETE FROM sec.state_table WHERE name = 'lists_export_member';
