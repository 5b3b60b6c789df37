-- How many messages are due, for the operator's metrics: figures alone.

SET LOCAL ROLE coop_worker;
-- Lines of switched-on webhooks whose next attempt is due, and the seconds that the oldest is late.
CREATE FUNCTION sec.webhook_gauges() RETURNS TABLE (due bigint, oldest_seconds double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(w.due_at)), 0)::double precision
    FROM public.webhooks_line AS w
    JOIN public.webhooks_endpoint AS e ON e.id = w.endpoint AND e.disabled_at IS NULL
    WHERE (SELECT sec.action()) = 'operate' AND w.due_at <= clock_timestamp() AND NOT w.ended
      AND w.message IS NOT NULL
    HAVING (SELECT sec.action()) = 'operate'
$$;
GRANT EXECUTE ON FUNCTION sec.webhook_gauges() TO coop_app;
RESET ROLE;
