-- Lists saved before 0009 say nothing of the score sets that their criteria name, nor of the lists that they rest on: their
-- receivers would find them only once they are saved anew. Names are looked up as their owner knows them now.

SET LOCAL ROLE coop_policy;
CREATE FUNCTION sec.scores_named_before() RETURNS TABLE (list uuid, scores jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH known AS (
        SELECT s.organization AS whose, 'score:' || s.name AS name, s.id FROM public.scores_set AS s
        UNION ALL
        SELECT n.receiver, 'score:' || n.name || CASE WHEN n.place = 1 THEN '' ELSE '.' || n.place END, n.score_set_id
        FROM (SELECT m.*, row_number() OVER (PARTITION BY m.receiver, m.name ORDER BY m.shared_at, m.id) AS place
              FROM (SELECT h.receiver, h.score_set_id, h.shared_at, h.id,
                           trim(BOTH '_' FROM regexp_replace(lower(o.name), '[^a-z0-9]+', '_', 'g')) || '.' || s.name AS name
                    FROM public.scores_share AS h
                    JOIN public.scores_set AS s ON s.id = h.score_set_id
                    JOIN public.organizations_organization AS o ON o.id = h.organization) AS m) AS n
    )
    SELECT l.id, jsonb_object_agg(k.name, k.id)
    FROM public.lists_list AS l
    CROSS JOIN LATERAL jsonb_path_query(l.criteria, 'strict $.**.field') AS f
    JOIN known AS k ON k.whose = l.organization AND k.name = f #>> '{}'
    WHERE l.scores = '{}'
    GROUP BY l.id
$$;
GRANT EXECUTE ON FUNCTION sec.scores_named_before() TO coop_owner;
RESET ROLE;

-- The owner of the tables is shut out by FORCE, which only it can lift, for this statement.
ALTER TABLE lists_list NO FORCE ROW LEVEL SECURITY;
UPDATE lists_list AS l SET scores = n.scores FROM sec.scores_named_before() AS n WHERE n.list = l.id;
UPDATE lists_list SET rests_on = exclude_lists WHERE rests_on = '{}' AND exclude_lists <> '{}';
ALTER TABLE lists_list FORCE ROW LEVEL SECURITY;

SET LOCAL ROLE coop_policy;
-- squawk-ignore ban-drop-function
DROP FUNCTION sec.scores_named_before();
RESET ROLE;
