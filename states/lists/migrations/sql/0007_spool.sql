-- Kept files of exports. The application writes what opens a file, and cannot read it back but
-- through a function that judges the grants, the voters and the link of that moment.

SELECT sec.wall('lists_spool');
GRANT SELECT (export, organization, number, size, made_at), INSERT, DELETE ON lists_spool TO coop_app;
GRANT SELECT ON lists_spool TO coop_policy, coop_worker;
GRANT SELECT ON lists_export_member TO coop_policy;
CREATE POLICY behind_policies ON lists_spool FOR SELECT TO coop_policy, coop_worker USING (true);
CREATE POLICY behind_policies ON lists_export_member FOR SELECT TO coop_policy USING (true);
CREATE POLICY own_read ON lists_spool FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization()));
CREATE POLICY own_keep ON lists_spool FOR INSERT TO coop_app
    WITH CHECK (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage'
        AND export = ANY ((SELECT sec.streaming_exports())::uuid[]));
CREATE POLICY own_drop ON lists_spool FOR DELETE TO coop_app
    USING (organization = (SELECT sec.organization()) AND (SELECT sec.action()) IN ('export', 'manage'));

SET LOCAL ROLE coop_policy;
-- What opens a kept file of the actor's own, by a link that has not ended. A file that holds a
-- voter who is shielded now, or has moved to where its groups are not licensed, or that rests on a
-- grant that has ended, is outdated: its key does not leave.
CREATE FUNCTION sec.open_spool(of_export uuid)
RETURNS TABLE (number integer, sealed_key bytea, size bigint, sha256 text, outdated boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.number, CASE WHEN NOT judged.outdated THEN s.sealed_key END, s.size, s.sha256, judged.outdated
    FROM public.lists_spool AS s
    JOIN public.lists_export AS e ON e.id = s.export AND e.organization = s.organization,
    LATERAL (SELECT
        NOT s.grants <@ ARRAY(SELECT g.id FROM sec.grants_in_force(NULL, '{export}') AS g)
        OR NOT s.owned::text[] <@ sec.owned_states('{export}')
        OR EXISTS (
            SELECT FROM public.lists_export_member AS m
            WHERE m.state = ANY (s.states::text[]) AND m.export = s.export AND m.place <> m.sent_from
              AND (m.place <= 0 OR (NOT m.state = ANY (s.owned::text[]) AND EXISTS (
                  SELECT FROM unnest(s.groups::text[]) AS named (g)
                  WHERE NOT (m.state = ANY (sec.whole_states(named.g, '{export}'))
                             OR m.place = ANY (sec.places(named.g, '{export}'))))))) AS outdated) AS judged
    WHERE s.export = of_export AND s.organization = sec.organization()
      AND sec.action() = 'export' AND e.status = 'complete' AND e.expires_at > now()
$$;
GRANT EXECUTE ON FUNCTION sec.open_spool(uuid) TO coop_app;
RESET ROLE;

SET LOCAL ROLE coop_worker;
-- Files that are wanted still: kept ones of living links, and those being written.
CREATE FUNCTION sec.spools_wanted() RETURNS TABLE (export uuid, number integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.export, s.number FROM public.lists_spool AS s
    JOIN public.lists_export AS e ON e.id = s.export
    WHERE (SELECT sec.action()) = 'work' AND e.status = 'complete' AND e.expires_at > now()
    UNION ALL
    SELECT e.id, e.fetches FROM public.lists_export AS e
    WHERE (SELECT sec.action()) = 'work' AND e.status = 'streaming'
$$;
GRANT EXECUTE ON FUNCTION sec.spools_wanted() TO coop_app;
RESET ROLE;
