SET LOCAL ROLE coop_worker;
-- Gives a file that waits to be traced to a worker; one whose worker has been silent for two minutes, too. The row itself is
-- asked once more, since a second worker may have waited for the first one's claim of it.
CREATE OR REPLACE FUNCTION sec.claim_trace(worker_name text)
RETURNS TABLE (state text, trace uuid, owner uuid, attempts integer)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.tracers_trace AS t
    SET status = 'tracing', worker = worker_name, heartbeat_at = clock_timestamp(), attempts = t.attempts + 1
    FROM public.jurisdictions_state AS s
    WHERE (SELECT sec.action()) = 'work' AND s.code = t.state
      AND (t.status = 'queued'
           OR t.status = 'tracing' AND t.heartbeat_at < clock_timestamp() - interval '2 minutes')
      AND (t.state, t.id) = (
        SELECT w.state, w.id FROM public.tracers_trace AS w
        WHERE w.status = 'queued'
           OR w.status = 'tracing' AND w.heartbeat_at < clock_timestamp() - interval '2 minutes'
        ORDER BY w.asked_at, w.id LIMIT 1)
    RETURNING t.state, t.id, s.owner, t.attempts
$$;
RESET ROLE;
