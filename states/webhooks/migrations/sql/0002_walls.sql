-- Webhooks are their organization's alone. Work is claimed through one function.

SELECT sec.wall('webhooks_endpoint');
GRANT SELECT, INSERT, UPDATE, DELETE ON webhooks_endpoint TO coop_app;
CREATE POLICY own_read ON webhooks_endpoint FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization()));
CREATE POLICY own_manage ON webhooks_endpoint TO coop_app
    USING (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage')
    WITH CHECK (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage');

SELECT sec.wall('webhooks_line');
GRANT SELECT, INSERT, UPDATE, DELETE ON webhooks_line TO coop_app;
CREATE POLICY own_read ON webhooks_line FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization()));
CREATE POLICY own_manage ON webhooks_line TO coop_app
    USING (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage')
    WITH CHECK (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage');

-- The log grows, and is forgotten with its endpoint.
SELECT sec.wall('webhooks_attempt');
GRANT SELECT, INSERT, DELETE ON webhooks_attempt TO coop_app;
CREATE POLICY own_read ON webhooks_attempt FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization()));
CREATE POLICY own_write ON webhooks_attempt FOR INSERT TO coop_app
    WITH CHECK (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage');
CREATE POLICY own_forget ON webhooks_attempt FOR DELETE TO coop_app
    USING (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage');

GRANT SELECT ON webhooks_endpoint TO coop_worker;
GRANT SELECT, UPDATE (leased_until) ON webhooks_line TO coop_worker;
CREATE POLICY behind_claims ON webhooks_endpoint FOR SELECT TO coop_worker USING (true);
CREATE POLICY behind_claims ON webhooks_line TO coop_worker USING (true) WITH CHECK (true);

SET LOCAL ROLE coop_worker;
-- Leases lines that are due, every organization's first before anyone's second. No more
-- than `at_most` are leased at a time, whoever asks: slow receivers never hold all workers.
CREATE FUNCTION sec.claim_webhooks(at_most integer, seconds integer)
RETURNS TABLE (claimed uuid, of_organization uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF coalesce(sec.action(), '') <> 'work' THEN
        RAISE EXCEPTION 'webhooks are claimed by a worker' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY
    UPDATE public.webhooks_line AS l SET leased_until = clock_timestamp() + make_interval(secs => seconds)
    WHERE coalesce(l.leased_until <= clock_timestamp(), true) AND l.id IN (
        SELECT due.id FROM (
            SELECT w.id, w.due_at, row_number() OVER (PARTITION BY w.organization ORDER BY w.due_at) AS turn
            FROM public.webhooks_line AS w
            JOIN public.webhooks_endpoint AS e ON e.id = w.endpoint AND e.disabled_at IS NULL
            WHERE w.due_at <= clock_timestamp() AND coalesce(w.leased_until <= clock_timestamp(), true) AND NOT w.ended
              AND (w.message IS NOT NULL OR w.position < coalesce(
                  (SELECT p.seq FROM public.feeds_position AS p WHERE p.state = w.state), 0))
        ) AS due
        ORDER BY due.turn, due.due_at
        LIMIT greatest(0, at_most - (SELECT count(*)::integer FROM public.webhooks_line AS busy
                                     WHERE busy.leased_until > clock_timestamp())))
    RETURNING l.id, l.organization;
END $$;
GRANT EXECUTE ON FUNCTION sec.claim_webhooks(integer, integer) TO coop_app;
RESET ROLE;
