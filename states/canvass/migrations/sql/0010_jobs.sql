-- Bulk jobs: an organization's own, worked on by whoever holds the lease, in its scope.
SELECT sec.wall('canvass_job');
SELECT sec.wall('canvass_job_row');
GRANT SELECT, INSERT, UPDATE ON canvass_job TO coop_app;
GRANT SELECT, INSERT ON canvass_job_row TO coop_app;
CREATE POLICY own_read ON canvass_job FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization()));
CREATE POLICY own_manage ON canvass_job TO coop_app
    USING (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage')
    WITH CHECK (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage');
CREATE POLICY own_read ON canvass_job_row FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization()));
CREATE POLICY own_manage ON canvass_job_row FOR INSERT TO coop_app
    WITH CHECK (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage'
        AND EXISTS (SELECT FROM canvass_job AS j
                    WHERE j.id = job AND j.organization = canvass_job_row.organization));
GRANT SELECT, UPDATE, DELETE ON canvass_job TO coop_worker;
GRANT SELECT, DELETE ON canvass_job_row TO coop_worker;
CREATE POLICY leases ON canvass_job TO coop_worker USING (true) WITH CHECK (true);
CREATE POLICY sweeps ON canvass_job_row TO coop_worker USING (true);
CREATE INDEX canvass_job_waiting ON canvass_job (created_at) WHERE status IN ('UploadComplete', 'InProgress');

SET LOCAL ROLE coop_worker;
-- Leases the oldest job that waits, or whose worker has not been heard of for half a minute. The
-- organization that is worked on least comes first: a flood of one's jobs delays one's own.
CREATE FUNCTION sec.claim_job(by_worker text) RETURNS TABLE (job uuid, organization uuid)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.canvass_job AS j
    SET status = 'InProgress', worker = by_worker, heartbeat_at = now(),
        started_at = coalesce(j.started_at, now())
    WHERE (SELECT sec.action()) = 'work' AND j.id = (
        SELECT w.id FROM public.canvass_job AS w
        WHERE w.status = 'UploadComplete' OR (w.status = 'InProgress' AND (
              w.heartbeat_at IS NULL OR w.heartbeat_at < now() - interval '30 seconds'))
        ORDER BY (SELECT count(*) FROM public.canvass_job AS o
                  WHERE o.organization = w.organization AND o.status = 'InProgress' AND o.worker <> ''),
                 w.created_at
        LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING j.id, j.organization
$$;
CREATE FUNCTION sec.sweep_jobs(before timestamptz) RETURNS SETOF uuid
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (
        DELETE FROM public.canvass_job AS j
        WHERE (SELECT sec.action()) = 'work'
          AND (j.finished_at < before OR (j.status = 'Open' AND j.created_at < before)) RETURNING j.id
    ), rows AS (
        DELETE FROM public.canvass_job_row AS r USING gone AS g WHERE r.job = g.id
    )
    SELECT g.id FROM gone AS g
$$;
GRANT EXECUTE ON FUNCTION sec.claim_job(text), sec.sweep_jobs(timestamptz) TO coop_app;
RESET ROLE;
