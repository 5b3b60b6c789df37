-- A shared list that rests on lists or score sets is found only by a receiver who may use all of them.

SET LOCAL ROLE coop_policy;
-- squawk-ignore ban-drop-function
DROP FUNCTION sec.lists_shared_here();

-- What the receiver of a share sees of the list: not how many voters it had, since some of them
-- may be in places that only the sharer may read. A live list that rests on a score set or a list that the
-- receiver may not use is not there; of a pinned one, whose voters stand by themselves, the criteria are not told.
CREATE FUNCTION sec.lists_shared_here()
RETURNS TABLE (share uuid, list uuid, owner uuid, name text, kind text, criteria jsonb, scores jsonb,
               exclude_lists uuid[], states text[], as_of date, created_at timestamptz, shared_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE shared AS (
        SELECT s.id AS its_share, s.owner AS its_owner, s.shared_at AS since, l.*
        FROM public.lists_share AS s JOIN public.lists_list AS l ON l.id = s.list AND l.organization = s.owner
        WHERE s.organization = (SELECT sec.organization())
          AND (s.person IS NULL OR s.person = (SELECT sec.principal()))
    ), incomplete AS (
        SELECT l.id FROM shared AS l
        WHERE EXISTS (SELECT FROM jsonb_path_query(l.criteria, 'strict $.**.field') AS f
                      WHERE starts_with(f #>> '{}', 'score:')
                        AND NOT coalesce((l.scores ->> (f #>> '{}'))::uuid = ANY (sec.score_sets()), false))
           OR EXISTS (SELECT FROM unnest(l.rests_on) AS n
                      WHERE NOT n = ANY (sec.own_lists()) AND NOT EXISTS (SELECT FROM shared AS h WHERE h.id = n))
        UNION
        SELECT l.id FROM incomplete AS i JOIN shared AS h ON h.id = i.id AND h.kind = 'live'
        JOIN shared AS l ON i.id = ANY (l.rests_on)
    )
    SELECT l.its_share, l.id, l.its_owner, l.name, l.kind,
           CASE WHEN i.id IS NULL THEN l.criteria END, CASE WHEN i.id IS NULL THEN l.scores ELSE '{}' END,
           CASE WHEN i.id IS NULL THEN l.exclude_lists ELSE '{}' END,
           l.states::text[], l.as_of, l.created_at, l.since
    FROM shared AS l LEFT JOIN incomplete AS i ON i.id = l.id
    WHERE i.id IS NULL OR l.kind = 'pinned'
$$;
GRANT EXECUTE ON FUNCTION sec.lists_shared_here() TO coop_app;
RESET ROLE;
