-- What publications changed, voter by voter, as far as the reader's grants go at this moment. It is
-- worked out from what each publication replaced (imports_reverse), which nobody reads but the
-- functions of the publisher: no former value and no place leaves this one. The new values are read
-- by the reader itself, under the policies.

SET LOCAL ROLE coop_policy;
-- Since when the actor's grants for the scope's action have stood as they stand now: the last moment
-- at which one of them began, was accepted or took a step. NULL where it has none.
CREATE FUNCTION sec.licensed_since(in_state text) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT max(greatest(g.starts_at, g.accepted_at, g.changed_at))
    FROM sec.grants_in_force(NULL, ARRAY[sec.action()]) AS g WHERE g.state_id = in_state
$$;
GRANT EXECUTE ON FUNCTION sec.licensed_since(text) TO coop_app, coop_publisher;
RESET ROLE;

SET LOCAL ROLE coop_publisher;

-- The voters from one id to another whom the publications after `since_number`, up to the newest, have
-- touched, as a reader is told who has the state as it was at any moment from `since_number` on:
-- `joined` (to be seen now, and not at each moment), `left` (seen at some moment, and not now, for
-- whatever reason), `changed`. For the changed: the columns that have another value now, of the groups
-- seen at each moment; the groups that are seen now and were not (`gained`), and the other way (`lost`).
CREATE FUNCTION sec.publication_difference(
    in_state text, since_number integer, to_number integer, first_voter uuid, last_voter uuid
) RETURNS TABLE (met uuid, told text, changed_columns text[], gained text[], lost text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    nil constant uuid := '00000000-0000-0000-0000-000000000000';
    owns boolean := in_state = ANY (sec.owned_states('{read}'));
BEGIN
    IF sec.action() IS DISTINCT FROM 'read' OR NOT in_state = ANY (sec.related_states()) THEN
        RAISE EXCEPTION 'no difference is read here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF to_number IS DISTINCT FROM
        (SELECT max(p.number) FROM public.voters_publication AS p WHERE p.state = in_state)
    THEN
        RAISE EXCEPTION 'another publication is the newest' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    IF since_number < 1 OR since_number >= to_number
        OR (SELECT count(*) FROM public.imports_reverse AS r
            WHERE r.state = in_state AND r.publication > since_number AND r.voter = nil) <> to_number - since_number
    THEN
        RAISE EXCEPTION 'that difference is not kept' USING ERRCODE = 'no_data_found';
    END IF;
    -- Whoever was licensed later has no copy of that time, and must not learn who left before.
    IF NOT owns AND coalesce(sec.licensed_since(in_state), 'infinity') >=
        (SELECT p.published_at FROM public.voters_publication AS p
         WHERE p.state = in_state AND p.number = since_number + 1)
    THEN
        RAISE EXCEPTION 'the license is newer' USING ERRCODE = 'invalid_grant_operation';
    END IF;
    RETURN QUERY
    WITH licensed AS MATERIALIZED (
        SELECT g.name, g.held_in, in_state = ANY (sec.whole_states(g.name, '{read}')) AS whole,
               sec.places(g.name, '{read}') AS places
        FROM (VALUES ('registration', 'voters_registration'), ('demographics', 'voters_demographics'),
                     ('contact_details', 'voters_contactdetails'), ('vote_history', 'voters_votehistory'))
            AS g(name, held_in)
    ), seen AS MATERIALIZED (
        SELECT p.place, array_agg(l.name) AS groups FROM public.jurisdictions_place AS p
        JOIN licensed AS l ON owns OR (p.place > 0 AND (l.whole OR p.place = ANY (l.places)))
        WHERE p.state = in_state GROUP BY p.place
    ), step AS MATERIALIZED (
        SELECT r.voter, r.was, coalesce(s.groups, '{}') AS groups FROM public.imports_reverse AS r
        LEFT JOIN seen AS s ON s.place = r.was_at
        WHERE r.state = in_state AND r.publication = ANY (ARRAY(SELECT generate_series(since_number + 1, to_number)))
          AND r.voter BETWEEN first_voter AND last_voter AND r.voter <> nil
    ), stands AS MATERIALIZED (
        SELECT s.voter, coalesce(n.groups, '{}') AS groups, bool_or(s.groups = '{}') AS was_unseen,
               bool_or(s.groups <> '{}') AS was_seen
        FROM step AS s
        JOIN public.voters_registration AS r ON r.state = in_state AND r.voter = s.voter
        LEFT JOIN seen AS n ON n.place = r.place
        GROUP BY s.voter, n.groups
    ), of_group AS MATERIALIZED (
        SELECT t.voter, l.name, l.held_in, l.name = ANY (t.groups) AS is_seen,
               bool_and(l.name = ANY (s.groups)) AS always, bool_or(l.name = ANY (s.groups)) AS ever
        FROM stands AS t JOIN step AS s ON s.voter = t.voter CROSS JOIN licensed AS l
        WHERE t.groups <> '{}' AND NOT t.was_unseen
        GROUP BY t.voter, l.name, l.held_in, t.groups
    ), present AS MATERIALIZED (
        SELECT t.voter, jsonb_strip_nulls(jsonb_build_object(
            'voters_registration', to_jsonb(r), 'voters_demographics', to_jsonb(d),
            'voters_contactdetails', to_jsonb(c), 'voters_votehistory', to_jsonb(h))) AS rows
        FROM stands AS t
        JOIN public.voters_registration AS r ON r.state = in_state AND r.voter = t.voter
        LEFT JOIN public.voters_demographics AS d ON d.state = in_state AND d.voter = t.voter
        LEFT JOIN public.voters_contactdetails AS c ON c.state = in_state AND c.voter = t.voter
        LEFT JOIN public.voters_votehistory AS h ON h.state = in_state AND h.voter = t.voter
        WHERE t.groups <> '{}' AND NOT t.was_unseen
    ), other AS (
        SELECT g.voter, array_agg(DISTINCT c.name ORDER BY c.name) AS columns
        FROM of_group AS g JOIN present AS p ON p.voter = g.voter JOIN step AS s ON s.voter = g.voter
        CROSS JOIN LATERAL (
            SELECT coalesce(old.key, new.key) AS name
            FROM jsonb_each(s.was->g.held_in) AS old FULL JOIN jsonb_each(p.rows->g.held_in) AS new USING (key)
            WHERE old.value IS DISTINCT FROM new.value
              AND coalesce(old.key, new.key) <> ALL ('{state,voter,place,publication,fingerprint,ordinal}')
              AND (owns OR coalesce(old.key, new.key) <> 'shielded')) AS c
        WHERE g.is_seen AND g.always AND s.was->g.held_in IS DISTINCT FROM p.rows->g.held_in
        GROUP BY g.voter
    ), shift AS (
        SELECT g.voter, array_agg(g.name ORDER BY g.name) FILTER (WHERE g.is_seen AND NOT g.always) AS gained,
               array_agg(g.name ORDER BY g.name) FILTER (WHERE g.ever AND NOT g.is_seen) AS lost
        FROM of_group AS g GROUP BY g.voter
    )
    SELECT t.voter,
           CASE WHEN t.groups = '{}' THEN 'left' WHEN t.was_unseen THEN 'joined' ELSE 'changed' END,
           coalesce(o.columns, '{}'), coalesce(f.gained, '{}'), coalesce(f.lost, '{}')
    FROM stands AS t LEFT JOIN other AS o ON o.voter = t.voter LEFT JOIN shift AS f ON f.voter = t.voter
    WHERE (t.groups = '{}' AND t.was_seen) OR (t.groups <> '{}' AND t.was_unseen)
       OR o.columns IS NOT NULL OR f.gained IS NOT NULL OR f.lost IS NOT NULL
    ORDER BY t.voter;
END $$;
GRANT EXECUTE ON FUNCTION sec.publication_difference(text, integer, integer, uuid, uuid) TO coop_app;
RESET ROLE;
