-- Bulk jobs in turn: the organization that was worked on last comes last, so that one's large job, or
-- one's full inbox, keeps nobody else's waiting.
SET LOCAL ROLE coop_worker;
CREATE OR REPLACE FUNCTION sec.claim_job(by_worker text) RETURNS TABLE (job uuid, organization uuid)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.canvass_job AS j
    SET status = 'InProgress', worker = by_worker, heartbeat_at = now(), served_at = clock_timestamp(),
        started_at = coalesce(j.started_at, now())
    WHERE (SELECT sec.action()) = 'work' AND j.id = (
        SELECT w.id FROM public.canvass_job AS w
        WHERE w.status = 'UploadComplete' OR (w.status = 'InProgress' AND (
              w.heartbeat_at IS NULL OR w.heartbeat_at < now() - interval '30 seconds'))
        ORDER BY (SELECT count(*) FROM public.canvass_job AS o
                  WHERE o.organization = w.organization AND o.status = 'InProgress' AND o.worker <> ''),
                 (SELECT max(o.served_at) FROM public.canvass_job AS o
                  WHERE o.organization = w.organization) NULLS FIRST,
                 w.served_at NULLS FIRST, w.created_at
        LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING j.id, j.organization
$$;
RESET ROLE;
