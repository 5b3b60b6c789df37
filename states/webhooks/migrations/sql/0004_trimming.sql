-- The log of deliveries is bounded: by days, and by how many there are of one webhook.

GRANT SELECT, DELETE ON webhooks_attempt TO coop_worker;
CREATE POLICY behind_trimming ON webhooks_attempt TO coop_worker USING (true) WITH CHECK (true);

SET LOCAL ROLE coop_worker;
-- Forgets at most so many attempts that are older than `keep_days`, or beyond their webhook's newest
-- `keep_most`; returns how many it forgot.
CREATE FUNCTION sec.trim_webhook_log(keep_days integer, keep_most integer, at_most integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    forgotten bigint;
BEGIN
    IF sec.action() IS DISTINCT FROM 'work' OR keep_days < 1 OR keep_most < 1 THEN
        RAISE EXCEPTION 'a worker trims the log' USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM public.webhooks_attempt AS a WHERE a.id IN (
        SELECT o.id FROM (
            SELECT w.id, w.at, row_number() OVER (PARTITION BY w.endpoint ORDER BY w.at DESC, w.id DESC) AS nth
            FROM public.webhooks_attempt AS w) AS o
        WHERE o.nth > keep_most OR o.at < now() - make_interval(days => keep_days)
        LIMIT at_most);
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$;
GRANT EXECUTE ON FUNCTION sec.trim_webhook_log(integer, integer, integer) TO coop_app;
RESET ROLE;
