-- Exports in an order of their own, and exports that a worker prepares before anyone fetches them.

-- In what order a running download sends its voters; gone with it.
CREATE TABLE lists_export_order (
    state text NOT NULL,
    export uuid NOT NULL,
    download integer NOT NULL,
    number integer NOT NULL,
    voters uuid[] STORAGE EXTERNAL NOT NULL,
    CONSTRAINT lists_export_order_pkey PRIMARY KEY (state, export, download, number)
) PARTITION BY LIST (state);
COMMENT ON TABLE lists_export_order IS 'In what order a running download sends its voters; each chunk is judged anew.';
SELECT sec.wall_state_table('lists_export_order');

SET LOCAL ROLE coop_policy;
-- The acting organization's exports whose voters are being read, for a client or by a worker.
CREATE OR REPLACE FUNCTION sec.streaming_exports() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(e.id), '{}') FROM public.lists_export AS e
    WHERE e.organization = (SELECT sec.organization()) AND e.status IN ('streaming', 'preparing')
$$;
RESET ROLE;

GRANT SELECT, INSERT ON lists_export_order TO coop_app;
GRANT SELECT, DELETE ON lists_export_order TO coop_worker;
CREATE POLICY own_running ON lists_export_order FOR SELECT TO coop_app
    USING (export = ANY ((SELECT sec.streaming_exports())::uuid[])
        AND state = ANY ((SELECT sec.exportable_states())::text[]));
CREATE POLICY own_laid ON lists_export_order FOR INSERT TO coop_app
    WITH CHECK (export = ANY ((SELECT sec.streaming_exports())::uuid[])
        AND state = ANY ((SELECT sec.exportable_states())::text[]));
CREATE POLICY tidies ON lists_export_order TO coop_worker USING (true);

GRANT UPDATE (of_rows, started_at, prepared_at) ON lists_export TO coop_app;
GRANT UPDATE (status, worker, attempts, progress_at, started_at) ON lists_export TO coop_worker;
CREATE POLICY worker_claims ON lists_export FOR UPDATE TO coop_worker USING (true) WITH CHECK (true);

SET LOCAL ROLE coop_worker;
-- Gives the export that has waited longest to a worker: one at a time for an organization, so many in all.
-- One whose chunks have stopped for two minutes has lost its worker, and is given away again; what its
-- unfinished pass noted never left the house, and is forgotten.
CREATE FUNCTION sec.claim_export(worker_name text, at_once integer)
RETURNS TABLE (export uuid, attempts integer, organization uuid, principal uuid, principal_kind text, source text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    chosen uuid;
BEGIN
    IF sec.action() IS DISTINCT FROM 'work' THEN RETURN; END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('claim an export', 0));
    SELECT e.id INTO chosen FROM public.lists_export AS e
    WHERE e.prepare AND e.expires_at > now()
      AND (e.status = 'preparing' AND e.progress_at < clock_timestamp() - interval '2 minutes'
           OR e.status = 'queued'
              AND NOT EXISTS (SELECT FROM public.lists_export AS busy
                              WHERE busy.organization = e.organization AND busy.status = 'preparing')
              AND at_once > (SELECT count(*) FROM public.lists_export AS busy WHERE busy.status = 'preparing'))
    ORDER BY e.created_at, e.id LIMIT 1;
    IF chosen IS NULL THEN RETURN; END IF;
    DELETE FROM public.lists_export_block AS b USING public.lists_export AS e
    WHERE b.export = chosen AND e.id = chosen AND e.prepared_at IS NULL;
    DELETE FROM public.lists_export_order AS w WHERE w.export = chosen;
    RETURN QUERY
    UPDATE public.lists_export AS e
    SET status = 'preparing', worker = worker_name, attempts = e.attempts + 1,
        progress_at = clock_timestamp(), started_at = clock_timestamp()
    WHERE e.id = chosen
    RETURNING e.id, e.attempts, e.organization, e.principal, e.principal_kind::text, e.source::text;
END $$;

-- Forgets orders that no running download reads, and what passes noted that ended before anything left.
CREATE FUNCTION sec.tidy_exports() RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    forgotten bigint;
BEGIN
    IF sec.action() IS DISTINCT FROM 'work' THEN RETURN 0; END IF;
    DELETE FROM public.lists_export_order AS w WHERE NOT EXISTS (
        SELECT FROM public.lists_export AS e
        WHERE e.id = w.export AND e.fetches = w.download AND e.status IN ('streaming', 'preparing'));
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    DELETE FROM public.lists_export_block AS b USING public.lists_export AS e
    WHERE e.id = b.export AND e.prepare AND e.prepared_at IS NULL AND e.status NOT IN ('queued', 'preparing');
    RETURN forgotten;
END $$;
GRANT EXECUTE ON FUNCTION sec.claim_export(text, integer), sec.tidy_exports() TO coop_app;

-- Who received a voter in exports, for the state's owner alone; not in those that are being prepared still.
CREATE OR REPLACE FUNCTION sec.holders(in_state text, of_voter uuid)
RETURNS TABLE (organization uuid, exports bigint, first_at timestamptz, last_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT b.organization, count(DISTINCT b.export), min(b.obtained_at), max(b.obtained_at)
    FROM public.lists_export_block AS b JOIN public.lists_export AS e ON e.id = b.export
    WHERE b.state = in_state AND in_state = ANY (sec.owned_states('{read,manage}'))
      AND sec.uuid_span(b.lowest, b.highest, '[]') @> of_voter AND of_voter = ANY (b.voters)
      AND (NOT e.prepare OR e.prepared_at IS NOT NULL)
    GROUP BY b.organization ORDER BY 3, 1
$$;

-- Exports that nobody streams any more though they say so, and links whose time is over.
CREATE OR REPLACE FUNCTION sec.exports_due() RETURNS TABLE (organization uuid, id uuid, step text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.organization, e.id, CASE WHEN e.status = 'streaming' THEN 'cut' ELSE 'expire' END
    FROM public.lists_export AS e
    WHERE (SELECT sec.action()) = 'work'
      AND ((e.status = 'streaming' AND e.progress_at < now() - interval '2 minutes')
           OR (e.status IN ('ordered', 'queued', 'preparing', 'complete', 'cut', 'failed') AND e.expires_at <= now()))
    ORDER BY e.id LIMIT 1000
$$;

-- Files that are wanted still: kept ones of living links, and those being written.
CREATE OR REPLACE FUNCTION sec.spools_wanted() RETURNS TABLE (export uuid, number integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.export, s.number FROM public.lists_spool AS s
    JOIN public.lists_export AS e ON e.id = s.export
    WHERE (SELECT sec.action()) = 'work' AND e.status = 'complete' AND e.expires_at > now()
    UNION ALL
    SELECT e.id, e.fetches FROM public.lists_export AS e
    WHERE (SELECT sec.action()) = 'work' AND e.status IN ('streaming', 'preparing')
$$;
RESET ROLE;
