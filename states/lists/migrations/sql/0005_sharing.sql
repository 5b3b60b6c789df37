-- Sharing a list with another organization, or with one person in it; and what changed in a list
-- since somebody pulled it last.

-- Shares ---------------------------------------------------------------------------

SELECT sec.wall('lists_share');
GRANT SELECT, INSERT, DELETE ON lists_share TO coop_app;
GRANT SELECT ON lists_share TO coop_policy;
GRANT SELECT, DELETE ON lists_share TO coop_worker;
CREATE POLICY behind_policies ON lists_share FOR SELECT TO coop_policy USING (true);
CREATE POLICY drops ON lists_share TO coop_worker USING (true);
CREATE POLICY either_side_reads ON lists_share FOR SELECT TO coop_app
    USING (owner = (SELECT sec.organization())
        OR (organization = (SELECT sec.organization())
            AND (person IS NULL OR person = (SELECT sec.principal()))));
CREATE POLICY owner_shares ON lists_share FOR INSERT TO coop_app
    WITH CHECK ((SELECT sec.action()) = 'manage' AND owner = (SELECT sec.organization())
        AND list = ANY ((SELECT sec.own_lists())::uuid[]));
CREATE POLICY owner_revokes ON lists_share FOR DELETE TO coop_app
    USING ((SELECT sec.action()) = 'manage' AND owner = (SELECT sec.organization()));

SET LOCAL ROLE coop_policy;
-- Lists that others share with whoever acts, as one array.
CREATE FUNCTION sec.shared_lists() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(s.list), '{}') FROM public.lists_share AS s
    WHERE s.organization = (SELECT sec.organization())
      AND (s.person IS NULL OR s.person = (SELECT sec.principal()))
$$;

-- What the receiver of a share sees of the list: not how many voters it had, since some of them
-- may be in places that only the sharer may read.
CREATE FUNCTION sec.lists_shared_here()
RETURNS TABLE (share uuid, list uuid, owner uuid, name text, kind text, criteria jsonb, states text[],
               as_of date, created_at timestamptz, shared_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.id, l.id, s.owner, l.name, l.kind, l.criteria, l.states::text[], l.as_of, l.created_at, s.shared_at
    FROM public.lists_share AS s JOIN public.lists_list AS l ON l.id = s.list AND l.organization = s.owner
    WHERE s.organization = (SELECT sec.organization())
      AND (s.person IS NULL OR s.person = (SELECT sec.principal()))
$$;

-- For each state of one's own list, which of the groups that it rests on the receiver may not
-- read anywhere there. No row: there is no such list of the actor's, or no such person over there.
CREATE FUNCTION sec.groups_lacking(of_list uuid, receiver uuid, receiving_person uuid, wanted_groups text[])
RETURNS TABLE (state text, lacking text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.code::text, ARRAY(
        SELECT w FROM unnest(wanted_groups) AS w
        WHERE s.owner IS DISTINCT FROM receiver AND NOT EXISTS (
            SELECT FROM public.grants_grant AS g
            WHERE g.grantee = receiver AND g.state_id = s.code AND g.status = 'active' AND 'read' = ANY (g.actions)
              AND now() >= g.starts_at AND clock_timestamp() < g.ends_at AND w = ANY (g.groups))
        ORDER BY w)
    FROM public.lists_list AS l JOIN public.jurisdictions_state AS s ON s.code = ANY (l.states)
    WHERE l.id = of_list AND l.id = ANY (sec.own_lists()) AND (SELECT sec.action()) = 'manage'
      AND (receiving_person IS NULL OR EXISTS (
          SELECT FROM public.organizations_member AS m
          WHERE m.organization_id = receiver AND m.person_id = receiving_person))
    ORDER BY s.code
$$;
GRANT EXECUTE ON FUNCTION sec.shared_lists(), sec.lists_shared_here(), sec.groups_lacking(uuid, uuid, uuid, text[])
    TO coop_app;
RESET ROLE;

-- A shared list shows its receiver those of its voters whom the receiver's own grants cover.
CREATE POLICY shared_licensed ON lists_member FOR SELECT TO coop_app
    USING (list = ANY ((SELECT sec.shared_lists())::uuid[])
        AND place > 0
        AND (state = ANY ((SELECT sec.whole_states('registration', '{read,export}'))::text[])
            OR place = ANY ((SELECT sec.places('registration', '{read,export}'))::integer[])
            OR state = ANY ((SELECT sec.owned_states('{read,export}'))::text[])));

-- django-guardian's mirror of the shares -----------------------------------------------

SELECT sec.wall('lists_listgroupobjectpermission');
SELECT sec.wall('lists_listuserobjectpermission');
GRANT SELECT, INSERT, DELETE ON lists_listgroupobjectpermission, lists_listuserobjectpermission TO coop_app;
GRANT USAGE, SELECT ON SEQUENCE lists_listgroupobjectpermission_id_seq, lists_listuserobjectpermission_id_seq TO coop_app;
CREATE POLICY either_side_reads ON lists_listgroupobjectpermission FOR SELECT TO coop_app
    USING (content_object_id = ANY ((SELECT sec.own_lists())::uuid[])
        OR group_id = (SELECT o.group_id FROM organizations_organization AS o WHERE o.id = (SELECT sec.organization())));
CREATE POLICY mirrors_a_share ON lists_listgroupobjectpermission FOR INSERT TO coop_app
    WITH CHECK ((SELECT sec.action()) = 'manage' AND EXISTS (
        SELECT FROM lists_share AS s JOIN organizations_organization AS o ON o.id = s.organization
        WHERE s.list = content_object_id AND s.owner = (SELECT sec.organization()) AND s.person IS NULL
          AND o.group_id = lists_listgroupobjectpermission.group_id));
CREATE POLICY owner_removes ON lists_listgroupobjectpermission FOR DELETE TO coop_app
    USING ((SELECT sec.action()) = 'manage' AND content_object_id = ANY ((SELECT sec.own_lists())::uuid[]));
CREATE POLICY either_side_reads ON lists_listuserobjectpermission FOR SELECT TO coop_app
    USING (content_object_id = ANY ((SELECT sec.own_lists())::uuid[]) OR user_id = (SELECT sec.principal()));
CREATE POLICY mirrors_a_share ON lists_listuserobjectpermission FOR INSERT TO coop_app
    WITH CHECK ((SELECT sec.action()) = 'manage' AND EXISTS (
        SELECT FROM lists_share AS s
        WHERE s.list = content_object_id AND s.owner = (SELECT sec.organization()) AND s.person = user_id));
CREATE POLICY owner_removes ON lists_listuserobjectpermission FOR DELETE TO coop_app
    USING ((SELECT sec.action()) = 'manage' AND content_object_id = ANY ((SELECT sec.own_lists())::uuid[]));

-- Pulls ----------------------------------------------------------------------------

SELECT sec.wall('lists_pull');
GRANT SELECT, INSERT, DELETE, UPDATE (figures) ON lists_pull TO coop_app;
GRANT SELECT ON lists_pull TO coop_policy;
GRANT SELECT, DELETE ON lists_pull TO coop_worker;
CREATE POLICY behind_policies ON lists_pull FOR SELECT TO coop_policy USING (true);
CREATE POLICY drops ON lists_pull TO coop_worker USING (true);
CREATE POLICY own ON lists_pull TO coop_app
    USING (organization = (SELECT sec.organization()))
    WITH CHECK (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'read');

SET LOCAL ROLE coop_policy;
CREATE FUNCTION sec.own_pulls() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(p.id), '{}') FROM public.lists_pull AS p
    WHERE p.organization = (SELECT sec.organization())
$$;
GRANT EXECUTE ON FUNCTION sec.own_pulls() TO coop_app;
RESET ROLE;

CREATE TABLE lists_pull_member (
    state text NOT NULL,
    pull uuid NOT NULL,
    voter uuid NOT NULL,
    place integer NOT NULL,
    CONSTRAINT lists_pull_member_pkey PRIMARY KEY (state, pull, voter)
) PARTITION BY LIST (state);
SELECT sec.wall_state_table('lists_pull_member');
SELECT sec.follow_voters('lists_pull_member');

-- Whoever pulled a voter keeps its id, whatever became of the voter: that it left is told by it. The
-- place is read by nobody here, since it would tell a shielded voter from one that moved.
GRANT SELECT (state, pull, voter), INSERT, DELETE ON lists_pull_member TO coop_app;
CREATE POLICY own_read ON lists_pull_member FOR SELECT TO coop_app
    USING (pull = ANY ((SELECT sec.own_pulls())::uuid[]));
CREATE POLICY own_forgets ON lists_pull_member FOR DELETE TO coop_app
    USING (pull = ANY ((SELECT sec.own_pulls())::uuid[]) AND (SELECT sec.action()) = 'read');
CREATE POLICY own_pulls ON lists_pull_member FOR INSERT TO coop_app
    WITH CHECK (pull = ANY ((SELECT sec.own_pulls())::uuid[])
        AND place > 0
        AND (state = ANY ((SELECT sec.whole_states('registration', '{read}'))::text[])
            OR place = ANY ((SELECT sec.places('registration', '{read}'))::integer[])
            OR state = ANY ((SELECT sec.owned_states('{read}'))::text[])));
GRANT SELECT, DELETE ON lists_pull_member TO coop_worker;
CREATE POLICY drops ON lists_pull_member TO coop_worker USING (true);

SET LOCAL ROLE coop_worker;
-- Forgets the members, the shares and everyone's pulls of one of the actor's own lists.
CREATE OR REPLACE FUNCTION sec.drop_list_members(from_list uuid, in_states text[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF sec.action() IS DISTINCT FROM 'manage' OR NOT from_list = ANY (sec.own_lists()) THEN
        RAISE EXCEPTION 'no such list' USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM public.lists_member AS m WHERE m.state = ANY (in_states) AND m.list = from_list;
    DELETE FROM public.lists_pull_member AS m WHERE m.state = ANY (in_states) AND m.pull IN (
        SELECT p.id FROM public.lists_pull AS p WHERE p.list = from_list);
    DELETE FROM public.lists_pull AS p WHERE p.list = from_list;
    DELETE FROM public.lists_share AS s WHERE s.list = from_list;
END $$;
RESET ROLE;
