-- How much waits, for the operator's metrics: figures alone, nobody's name.

CREATE INDEX canvass_inbox_set_aside ON canvass_inbox (state) WHERE status = 'set_aside';

SET LOCAL ROLE coop_worker;
-- Rows that wait, the seconds that the oldest has waited (0 if none), rows set aside, and the
-- seconds from receipt to applied: the mean and the worst of the newest thousand of all.
CREATE FUNCTION sec.inbox_gauges()
RETURNS TABLE (queued bigint, oldest_seconds double precision, set_aside bigint,
               mean_lag double precision, worst_lag double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT (SELECT count(*) FROM public.canvass_inbox AS i WHERE i.status = 'queued'),
           coalesce((SELECT extract(epoch FROM clock_timestamp() - min(i.received_at))
                     FROM public.canvass_inbox AS i WHERE i.status = 'queued'), 0)::double precision,
           (SELECT count(*) FROM public.canvass_inbox AS i WHERE i.status = 'set_aside'),
           coalesce(avg(newest.lag), 0)::double precision, coalesce(max(newest.lag), 0)::double precision
    FROM public.jurisdictions_state AS s
    CROSS JOIN LATERAL (
        SELECT extract(epoch FROM i.done_at - i.received_at) AS lag FROM public.canvass_inbox AS i
        WHERE i.state = s.code AND i.status = 'applied' AND i.done_at > clock_timestamp() - interval '5 minutes'
          AND i.seq > (SELECT last_value - 1000 FROM public.canvass_inbox_seq)) AS newest
    WHERE (SELECT sec.action()) = 'operate' AND s.owner IS NOT NULL
    HAVING (SELECT sec.action()) = 'operate'
$$;
GRANT EXECUTE ON FUNCTION sec.inbox_gauges() TO coop_app;
RESET ROLE;
GRANT SELECT ON SEQUENCE canvass_inbox_seq TO coop_worker;
