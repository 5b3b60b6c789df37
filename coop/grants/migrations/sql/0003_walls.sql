-- Grants and the functions that every policy on a state's rows calls.

-- Terms ------------------------------------------------------------------------

ALTER TABLE grants_grant
    ADD CONSTRAINT grant_names_a_group CHECK (cardinality(groups) > 0),
    ADD CONSTRAINT grant_groups_are_known CHECK (groups <@ ARRAY[
        'registration', 'demographics', 'contact_details', 'vote_history', 'ballots', 'contacts']::varchar[]),
    ADD CONSTRAINT grant_names_an_action CHECK (cardinality(actions) > 0),
    ADD CONSTRAINT grant_actions_are_known CHECK (actions <@ ARRAY[
        'count', 'read', 'export', 'contribute', 'sublicense']::varchar[]),
    ADD CONSTRAINT grant_geography_is_whole_or_parts CHECK (whole_state <> (
        cardinality(counties) + cardinality(us_house_districts)
        + cardinality(state_senate_districts) + cardinality(state_house_districts) > 0)),
    ADD CONSTRAINT grant_states_its_pool CHECK (('contribute' = ANY (actions)) = (pool IS NOT NULL)),
    ADD CONSTRAINT grant_contribution_needs_contacts CHECK (
        NOT ('contribute' = ANY (actions)) OR 'contacts' = ANY (groups)),
    ADD CONSTRAINT grant_cap_is_positive CHECK (cap_voters_month > 0),
    -- '' is what a place carries where the file has no such district: it would match them all.
    ADD CONSTRAINT grant_districts_are_named CHECK (
        array_position(us_house_districts, '') IS NULL
        AND array_position(state_senate_districts, '') IS NULL
        AND array_position(state_house_districts, '') IS NULL);
CREATE UNIQUE INDEX grant_has_one_living_successor ON grants_grant (supersedes_id)
    WHERE status IN ('offered', 'accepted', 'active', 'suspended');

SELECT sec.wall('grants_grant');
GRANT SELECT, INSERT, UPDATE ON grants_grant TO coop_app;
GRANT SELECT ON grants_grant TO coop_policy, coop_worker;
CREATE POLICY behind_policies ON grants_grant FOR SELECT TO coop_policy, coop_worker USING (true);
CREATE POLICY both_sides_read ON grants_grant FOR SELECT TO coop_app
    USING (owner = (SELECT sec.organization()) OR grantee = (SELECT sec.organization()));
CREATE POLICY owner_offers ON grants_grant FOR INSERT TO coop_app
    WITH CHECK ((SELECT sec.action()) = 'manage' AND status = 'offered'
        AND owner = (SELECT sec.organization())
        AND state_id = ANY ((SELECT sec.owned_states('{manage}'))::text[]));
CREATE POLICY grantee_requests ON grants_grant FOR INSERT TO coop_app
    WITH CHECK ((SELECT sec.action()) = 'manage' AND status = 'requested'
        AND grantee = (SELECT sec.organization())
        AND EXISTS (SELECT FROM jurisdictions_state AS s WHERE s.code = state_id AND s.owner = grants_grant.owner));
CREATE POLICY both_sides_change ON grants_grant FOR UPDATE TO coop_app
    USING ((SELECT sec.action()) = 'manage'
        AND (SELECT sec.organization()) IN (owner, grantee))
    WITH CHECK ((SELECT sec.action()) = 'manage'
        AND (SELECT sec.organization()) IN (owner, grantee));

-- Who may take which step. The owner may turn a request into an offer on other terms; but
-- for that the terms stand still, whoever asks, and nothing changes without a step.
CREATE FUNCTION grants_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    step text := old.status || '>' || new.status;
    side text := CASE (SELECT sec.organization()) WHEN old.owner THEN 'owner' WHEN old.grantee THEN 'grantee' END;
BEGIN
    IF (new.id, new.state_id, new.owner, new.grantee, new.message, new.created_at) IS DISTINCT FROM
       (old.id, old.state_id, old.owner, old.grantee, old.message, old.created_at)
        OR (step <> 'requested>offered' AND
            (new.groups, new.actions, new.whole_state, new.counties, new.us_house_districts,
             new.state_senate_districts, new.state_house_districts, new.purpose, new.starts_at, new.ends_at,
             new.cap_voters_month, new.pool, new.agreement, new.agreement_hash, new.terms, new.supersedes_id, new.lineage)
            IS DISTINCT FROM
            (old.groups, old.actions, old.whole_state, old.counties, old.us_house_districts,
             old.state_senate_districts, old.state_house_districts, old.purpose, old.starts_at, old.ends_at,
             old.cap_voters_month, old.pool, old.agreement, old.agreement_hash, old.terms, old.supersedes_id, old.lineage))
        OR (step <> 'offered>accepted' AND
            (new.accepted_at, new.accepted_by) IS DISTINCT FROM (old.accepted_at, old.accepted_by))
    THEN
        RAISE EXCEPTION 'the terms of a grant never change in place' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (new.status = 'expired' AND new.ends_at > now())
        OR (step = 'accepted>active' AND new.starts_at > now())
    THEN
        RAISE EXCEPTION 'it is not yet time for %', step USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (side = 'owner' AND step IN (
            'requested>offered', 'requested>refused', 'offered>withdrawn', 'accepted>active', 'active>suspended',
            'suspended>active', 'accepted>revoked', 'active>revoked', 'suspended>revoked', 'accepted>expired',
            'active>expired', 'suspended>expired', 'offered>expired', 'requested>expired', 'active>superseded'))
        OR (side = 'grantee' AND step IN (
            'requested>withdrawn', 'offered>accepted', 'offered>refused', 'accepted>active', 'active>superseded'))
    THEN
        RETURN new;
    END IF;
    RAISE EXCEPTION 'a grant cannot go from % to % at the hand of the %', old.status, new.status, coalesce(side, 'stranger')
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER grants_guard BEFORE UPDATE ON grants_grant FOR EACH ROW EXECUTE FUNCTION grants_guard();

-- A successor stands in its predecessor's line, and the two are never in force together. While
-- a predecessor is suspended its successor waits, and with a revoked one it dies: otherwise an
-- offer made earlier would be a way around the owner's stop.
CREATE FUNCTION grants_guard_line() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    predecessor grants_grant;
BEGIN
    IF TG_OP = 'INSERT' AND (new.accepted_at, new.accepted_by, new.ended_at) IS DISTINCT FROM (NULL, NULL, NULL) THEN
        RAISE EXCEPTION 'a new grant has no past' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF new.status = 'superseded' AND NOT EXISTS (
        SELECT FROM grants_grant AS s
        WHERE s.supersedes_id = new.id AND s.status = 'accepted' AND s.starts_at <= now())
    THEN
        RAISE EXCEPTION 'nothing is there to supersede it' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF new.supersedes_id IS NULL THEN
        IF new.lineage <> new.id THEN
            RAISE EXCEPTION 'a first grant is its own lineage' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN new;
    END IF;
    -- Row security hides what is not the actor's: then there is no predecessor.
    SELECT * INTO predecessor FROM grants_grant AS p WHERE p.id = new.supersedes_id;
    IF (predecessor.state_id, predecessor.owner, predecessor.grantee, predecessor.lineage) IS DISTINCT FROM
       (new.state_id, new.owner, new.grantee, new.lineage)
        OR (new.status IN ('requested', 'offered') AND predecessor.status <> 'active')
        OR (new.status = 'active' AND predecessor.status NOT IN ('superseded', 'expired'))
    THEN
        RAISE EXCEPTION 'it cannot follow that grant now' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER grants_guard_line BEFORE INSERT OR UPDATE ON grants_grant
    FOR EACH ROW EXECUTE FUNCTION grants_guard_line();

-- A grant that breaks the state's policy cannot be offered; unreviewed means nothing is allowed.
CREATE FUNCTION grants_follow_policy() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF new.status = 'offered' AND NOT EXISTS (
        SELECT FROM jurisdictions_statepolicy AS p, organizations_organization AS o
        WHERE p.state_id = new.state_id AND p.reviewed_at IS NOT NULL AND p.resharing
          AND new.purpose = ANY (p.purposes) AND o.id = new.grantee AND o.kind = ANY (p.recipients))
    THEN
        RAISE EXCEPTION 'the policy of % does not allow this grant', new.state_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER grants_follow_policy BEFORE INSERT OR UPDATE OF status ON grants_grant
    FOR EACH ROW EXECUTE FUNCTION grants_follow_policy();

-- What a policy asks ---------------------------------------------------------------

SET LOCAL ROLE coop_policy;

-- The acting organization's grants in force now for the scope's own action.
-- `wanted_group` NULL: any group; `wanted_actions` NULL: whatever the scope is for. (The names
-- must differ from the columns': in an SQL function a column hides a parameter.)
CREATE FUNCTION sec.grants_in_force(wanted_group text, wanted_actions text[])
RETURNS SETOF public.grants_grant
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT g.* FROM public.grants_grant AS g, (SELECT sec.claims() AS c OFFSET 0) AS actor
    WHERE g.grantee = actor.c[2]::uuid AND g.status = 'active'
      AND now() >= g.starts_at AND clock_timestamp() < g.ends_at
      AND (wanted_group IS NULL OR wanted_group = ANY (g.groups))
      AND (wanted_actions IS NULL OR (actor.c[4] = ANY (wanted_actions) AND actor.c[4] = ANY (g.actions)))
$$;

-- States licensed whole, as one array: evaluated once a statement by the policies.
CREATE FUNCTION sec.whole_states(wanted_group text, wanted_actions text[]) RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT g.state_id::text), '{}')
    FROM sec.grants_in_force(wanted_group, wanted_actions) AS g WHERE g.whole_state
$$;

-- Places licensed by county or district. Place numbers are unique in the nation, so equal
-- district numbers of two states never meet; shielded places (below zero) are in no grant.
CREATE FUNCTION sec.places(wanted_group text, wanted_actions text[]) RETURNS integer[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT p.place), '{}')
    FROM sec.grants_in_force(wanted_group, wanted_actions) AS g
    JOIN public.jurisdictions_place AS p ON p.state = g.state_id AND p.place > 0
     AND (p.county = ANY (g.counties)
          OR p.us_house_district = ANY (g.us_house_districts)
          OR p.state_senate_district = ANY (g.state_senate_districts)
          OR p.state_house_district = ANY (g.state_house_districts))
    WHERE NOT g.whole_state
$$;

-- States in which the acting organization holds any grant in force, or which it owns.
CREATE FUNCTION sec.related_states() RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT g.state_id::text), '{}') || sec.owned_states()
    FROM sec.grants_in_force(NULL, NULL) AS g
$$;
GRANT EXECUTE ON FUNCTION sec.grants_in_force(text, text[]) TO coop_policy;
GRANT EXECUTE ON FUNCTION sec.whole_states(text, text[]), sec.places(text, text[]), sec.related_states()
    TO coop_app, coop_loader, coop_policy, coop_counter, coop_publisher, coop_worker;
RESET ROLE;

CREATE POLICY licensed ON jurisdictions_place FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.owned_states())::text[])
        OR (place > 0 AND (state = ANY ((SELECT sec.whole_states(NULL, NULL))::text[])
                           OR place = ANY ((SELECT sec.places(NULL, NULL))::integer[]))));

-- Caps: distinct voters a month ------------------------------------------------------

CREATE TABLE grants_voteruse (
    lineage uuid NOT NULL,
    month date NOT NULL,
    voter uuid NOT NULL,
    CONSTRAINT grants_voteruse_pkey PRIMARY KEY (lineage, month, voter),
    CONSTRAINT voter_use_month_is_a_first CHECK (extract(day FROM month) = 1)
);
SELECT sec.wall('grants_voteruse');
GRANT SELECT ON grants_voteruse TO coop_policy;
GRANT SELECT, INSERT ON grants_voteruse TO coop_worker;
GRANT SELECT ON jurisdictions_place TO coop_worker;
CREATE POLICY behind_policies ON grants_voteruse FOR SELECT TO coop_policy USING (true);
CREATE POLICY worker_notes ON grants_voteruse TO coop_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON jurisdictions_place FOR SELECT TO coop_worker USING (true);

SET LOCAL ROLE coop_worker;
CREATE FUNCTION sec.covers(licensed public.grants_grant, place integer) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT covers.place > 0 AND (licensed.whole_state OR EXISTS (
        SELECT FROM public.jurisdictions_place AS p
        WHERE p.state = licensed.state_id AND p.place = covers.place
          AND (p.county = ANY (licensed.counties)
               OR p.us_house_district = ANY (licensed.us_house_districts)
               OR p.state_senate_district = ANY (licensed.state_senate_districts)
               OR p.state_house_district = ANY (licensed.state_house_districts))))
$$;

-- Notes voters obtained for the scope's action, against each capped grant of the actor's that
-- covers them and that no uncapped one makes needless; gives back what the month has now, and
-- how many of these are new. The
-- lock makes two at once count one after the other, so that a cap is never passed.
CREATE FUNCTION sec.use_voters(in_state text, voters uuid[], wanted_groups text[])
RETURNS TABLE (grant_id uuid, cap integer, used bigint, added bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_month date := date_trunc('month', now() AT TIME ZONE 'UTC')::date;
    in_force public.grants_grant[] := ARRAY(
        SELECT g FROM public.grants_grant AS g
        WHERE g.grantee = sec.organization() AND g.state_id = in_state AND g.status = 'active'
          AND now() >= g.starts_at AND clock_timestamp() < g.ends_at AND sec.action() = ANY (g.actions)
          AND g.groups && wanted_groups::varchar[]
        ORDER BY g.lineage);
    capped public.grants_grant;
BEGIN
    FOREACH capped IN ARRAY in_force LOOP
        CONTINUE WHEN capped.cap_voters_month IS NULL;
        PERFORM pg_advisory_xact_lock(hashtextextended('voter use ' || capped.lineage, 0));
        INSERT INTO public.grants_voteruse (lineage, month, voter)
        SELECT capped.lineage, this_month, r.voter FROM public.voters_registration AS r
        WHERE r.state = in_state AND r.voter = ANY (voters) AND sec.covers(capped, r.place)
          AND NOT EXISTS (
              SELECT FROM unnest(in_force) AS free
              WHERE free.cap_voters_month IS NULL AND sec.covers(free, r.place)
                AND free.groups::text[] @> ARRAY(
                    SELECT unnest(capped.groups::text[]) INTERSECT SELECT unnest(wanted_groups)))
        ORDER BY r.voter
        ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS added = ROW_COUNT;
        grant_id := capped.id;
        cap := capped.cap_voters_month;
        used := (SELECT count(*) FROM public.grants_voteruse AS u
                 WHERE u.lineage = capped.lineage AND u.month = this_month);
        RETURN NEXT;
    END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION sec.use_voters(text, uuid[], text[]) TO coop_app;
RESET ROLE;

SET LOCAL ROLE coop_policy;
-- What was used of a grant's cap, month by month, for either side of it.
CREATE FUNCTION sec.voters_used(grant_lineage uuid) RETURNS TABLE (month date, used bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT u.month, count(*) FROM public.grants_voteruse AS u
    WHERE u.lineage = grant_lineage
      AND EXISTS (SELECT FROM public.grants_grant AS g WHERE g.lineage = grant_lineage
                  AND sec.organization() IN (g.grantee, g.owner))
    GROUP BY u.month ORDER BY u.month
$$;
GRANT EXECUTE ON FUNCTION sec.voters_used(uuid) TO coop_app;
RESET ROLE;

-- django-guardian's mirror ------------------------------------------------------------

SELECT sec.wall('grants_stategroupobjectpermission');
GRANT SELECT, INSERT, DELETE ON grants_stategroupobjectpermission TO coop_app;
GRANT USAGE, SELECT ON SEQUENCE grants_stategroupobjectpermission_id_seq TO coop_app;
CREATE POLICY own_and_owned ON grants_stategroupobjectpermission FOR SELECT TO coop_app
    USING (content_object_id = ANY ((SELECT sec.owned_states())::text[])
        OR group_id = (SELECT o.group_id FROM organizations_organization AS o WHERE o.id = (SELECT sec.organization())));
CREATE POLICY mirrors_an_active_grant ON grants_stategroupobjectpermission FOR INSERT TO coop_app
    WITH CHECK ((SELECT sec.action()) = 'manage' AND EXISTS (
        SELECT FROM grants_grant AS g
        JOIN organizations_organization AS o ON o.id = g.grantee
        JOIN auth_permission AS p ON p.id = grants_stategroupobjectpermission.permission_id
        JOIN django_content_type AS c ON c.id = p.content_type_id
        WHERE g.state_id = grants_stategroupobjectpermission.content_object_id AND g.status = 'active'
          AND o.group_id = grants_stategroupobjectpermission.group_id
          AND c.app_label = 'jurisdictions' AND c.model = 'state'
          AND CASE p.codename WHEN 'count_voters' THEN 'count' WHEN 'read_voters' THEN 'read'
                WHEN 'export_voters' THEN 'export' WHEN 'contribute_contacts' THEN 'contribute' END = ANY (g.actions)));
CREATE POLICY either_side_removes ON grants_stategroupobjectpermission FOR DELETE TO coop_app
    USING ((SELECT sec.action()) = 'manage'
        AND (content_object_id = ANY ((SELECT sec.owned_states())::text[])
        OR group_id = (SELECT o.group_id FROM organizations_organization AS o WHERE o.id = (SELECT sec.organization()))));
SELECT sec.wall('grants_stateuserobjectpermission');
GRANT SELECT ON grants_stateuserobjectpermission TO coop_app;

-- Work that the passing of time asks for: grants to activate or to end.
SET LOCAL ROLE coop_worker;
CREATE FUNCTION sec.grants_due() RETURNS TABLE (organization uuid, id uuid, step text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT g.owner, g.id, CASE WHEN g.ends_at <= now() THEN 'expire' ELSE 'activate' END
    FROM public.grants_grant AS g
    WHERE (SELECT sec.action()) = 'work'
      AND ((g.ends_at <= now() AND g.status IN ('requested', 'offered', 'accepted', 'active', 'suspended'))
           OR (g.status = 'accepted' AND g.starts_at <= now() AND g.ends_at > now() AND NOT EXISTS (
               -- It waits while its predecessor is suspended.
               SELECT FROM public.grants_grant AS p WHERE p.id = g.supersedes_id AND p.status = 'suspended')))
    ORDER BY g.ends_at LIMIT 1000
$$;
GRANT EXECUTE ON FUNCTION sec.grants_due() TO coop_app;
RESET ROLE;
