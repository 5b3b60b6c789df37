-- Imports and the lines they set aside are their state's owner's alone.

-- Lines that gave no row: they hold people's data, so they lie by state like all of it.
CREATE TABLE imports_reject (
    state text NOT NULL,
    import_id uuid NOT NULL,
    number integer NOT NULL,
    file text NOT NULL,
    line_number integer,
    code text NOT NULL,
    reason text NOT NULL,
    raw_line text NOT NULL,
    CONSTRAINT imports_reject_pkey PRIMARY KEY (state, import_id, number)
) PARTITION BY LIST (state);
SELECT sec.wall_state_table('imports_reject');
GRANT SELECT ON imports_reject TO coop_app;
GRANT SELECT, INSERT, DELETE ON imports_reject TO coop_loader;
CREATE POLICY owner_reads ON imports_reject FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{manage,import}'))::text[]));
CREATE POLICY owner_imports ON imports_reject TO coop_loader
    USING (state = ANY ((SELECT sec.owned_states('{import}'))::text[]))
    WITH CHECK (state = ANY ((SELECT sec.owned_states('{import}'))::text[]));

SELECT sec.wall('imports_import');
GRANT SELECT, INSERT ON imports_import TO coop_app;
-- What the owner decides; figures, the place in the work and the lease are the worker's.
GRANT UPDATE (status, phase, finished_at) ON imports_import TO coop_app;
GRANT SELECT, UPDATE ON imports_import TO coop_loader, coop_publisher, coop_worker;
CREATE POLICY owner_reads ON imports_import FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{manage,import}'))::text[]));
CREATE POLICY owner_orders ON imports_import FOR INSERT TO coop_app
    WITH CHECK (status = 'queued' AND worker = '' AND compared_at IS NULL AND cursor = '{}' AND figures = '{}'
        AND state = ANY ((SELECT sec.owned_states('{import}'))::text[])
        AND EXISTS (SELECT FROM files_delivery AS d
                    WHERE d.id = delivery_id AND d.state = imports_import.state));
CREATE POLICY owner_decides ON imports_import FOR UPDATE TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{import}'))::text[]))
    WITH CHECK (state = ANY ((SELECT sec.owned_states('{import}'))::text[]));
CREATE POLICY owner_imports ON imports_import TO coop_loader
    USING (state = ANY ((SELECT sec.owned_states('{import}'))::text[]))
    WITH CHECK (state = ANY ((SELECT sec.owned_states('{import}'))::text[]));
CREATE POLICY publisher ON imports_import TO coop_publisher USING (true) WITH CHECK (true);
CREATE POLICY worker ON imports_import TO coop_worker USING (true) WITH CHECK (true);

CREATE FUNCTION imports_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
-- What may follow what, and what a person may decide. Starting again is a step back to `queued`.
BEGIN
    IF old.status = new.status
        OR old.status IN ('queued', 'reading', 'comparing', 'ready') AND new.status = 'canceled'
        OR old.status = 'ready' AND new.status = 'publishing'
        OR current_user <> 'coop_app' AND old.status || '>' || new.status IN (
            'queued>reading', 'queued>failed', 'reading>queued', 'reading>comparing', 'reading>failed',
            'comparing>queued', 'comparing>ready', 'comparing>publishing', 'comparing>failed',
            'publishing>queued', 'publishing>published', 'publishing>failed')
    THEN
        RETURN new;
    END IF;
    RAISE EXCEPTION 'an import cannot go from % to %', old.status, new.status
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER imports_guard BEFORE UPDATE OF status ON imports_import
    FOR EACH ROW EXECUTE FUNCTION imports_guard();

-- Claiming work -------------------------------------------------------------------------

GRANT SELECT ON jurisdictions_state TO coop_worker;
SET LOCAL ROLE coop_worker;

-- Leases the oldest import that nobody works on: queued with its state free, between two
-- steps, or left by a worker whose heartbeat stopped. `deserted` tells the last kind.
CREATE FUNCTION sec.claim_import(worker_name text)
RETURNS TABLE (claimed uuid, organization uuid, deserted boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    chosen record;
BEGIN
    IF sec.action() IS DISTINCT FROM 'work' THEN RETURN; END IF;
    FOR chosen IN
        SELECT i.id, i.status, s.owner, i.heartbeat_at IS NOT NULL AS was_leased
        FROM public.imports_import AS i JOIN public.jurisdictions_state AS s ON s.code = i.state
        WHERE s.owner IS NOT NULL
          AND ((i.status = 'queued' AND NOT EXISTS (
                    SELECT FROM public.imports_import AS other
                    WHERE other.state = i.state
                      AND (other.status IN ('reading', 'comparing', 'ready', 'publishing')
                           OR (other.status = 'queued'
                               AND (other.requested_at, other.id) < (i.requested_at, i.id)))))
               OR (i.status IN ('reading', 'comparing', 'publishing')
                   AND coalesce(i.heartbeat_at < clock_timestamp() - interval '30 seconds', true)))
        ORDER BY i.requested_at, i.id
        FOR UPDATE OF i SKIP LOCKED
    LOOP
        BEGIN
            UPDATE public.imports_import AS i
            SET worker = worker_name, heartbeat_at = clock_timestamp(),
                attempts = i.attempts + chosen.was_leased::integer,
                status = CASE WHEN chosen.status = 'queued' THEN 'reading' ELSE chosen.status END
            WHERE i.id = chosen.id;
            RETURN QUERY SELECT chosen.id, chosen.owner, chosen.was_leased;
            RETURN;
        EXCEPTION WHEN unique_violation THEN
            NULL;  -- another worker took an import of that state at the same moment
        END;
    END LOOP;
END $$;

-- Keeps a lease alive; false once it is lost: taken over, canceled or ended. While the row is
-- locked (its publication is running) nobody can take it over either.
CREATE FUNCTION sec.beat_import(wanted uuid, worker_name text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mine uuid := (SELECT i.id FROM public.imports_import AS i
                  WHERE i.id = wanted AND i.worker = worker_name AND sec.action() = 'work'
                    AND i.status IN ('reading', 'comparing', 'publishing'));
BEGIN
    UPDATE public.imports_import AS i SET heartbeat_at = clock_timestamp()
    WHERE i.id IN (SELECT free.id FROM public.imports_import AS free
                   WHERE free.id = mine AND free.worker = worker_name FOR UPDATE SKIP LOCKED);
    RETURN mine IS NOT NULL;
END $$;

-- Imports whose staging tables are still of use; whatever else lies in staging is left over.
CREATE FUNCTION sec.imports_with_staging() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT i.id FROM public.imports_import AS i
    WHERE sec.action() = 'work' AND i.status IN ('reading', 'comparing', 'ready', 'publishing')
$$;
GRANT EXECUTE ON FUNCTION sec.claim_import(text), sec.beat_import(uuid, text) TO coop_app;
GRANT EXECUTE ON FUNCTION sec.imports_with_staging() TO coop_loader;
RESET ROLE;
