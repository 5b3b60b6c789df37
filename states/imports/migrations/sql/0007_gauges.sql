-- How many imports are under way, for the operator's metrics: figures alone.

SET LOCAL ROLE coop_worker;
-- Imports that are not over, by status, and the seconds since the oldest of them was ordered.
CREATE FUNCTION sec.import_gauges()
RETURNS TABLE (import_status text, imports bigint, oldest_seconds double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT i.status, count(*),
           extract(epoch FROM clock_timestamp() - min(i.requested_at))::double precision
    FROM public.imports_import AS i
    WHERE (SELECT sec.action()) = 'operate'
      AND i.status IN ('queued', 'reading', 'comparing', 'ready', 'publishing')
    GROUP BY i.status
$$;
GRANT EXECUTE ON FUNCTION sec.import_gauges() TO coop_app;
RESET ROLE;
