-- As before; but each touched voter is looked up by itself. The planner read all four tables for a change in fifty,
-- which took two thirds of such a publication.
SET LOCAL ROLE coop_publisher;
CREATE OR REPLACE FUNCTION sec.keep_reverse(in_state text, number integer, touched text) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.imports_reverse (state, publication, voter)
    VALUES (in_state, number, '00000000-0000-0000-0000-000000000000');
    EXECUTE format($q$
        INSERT INTO public.imports_reverse (state, publication, voter, was, was_shielded, was_at)
        SELECT %1$L, %2$s, n.voter,
               CASE WHEN r.voter IS NOT NULL THEN jsonb_strip_nulls(jsonb_build_object(
                   'voters_registration', to_jsonb(r), 'voters_demographics', to_jsonb(d),
                   'voters_contactdetails', to_jsonb(c), 'voters_votehistory', to_jsonb(h))) END,
               r.shielded, r.place
        FROM (%3$s) AS n
        LEFT JOIN LATERAL (SELECT t.* FROM public.voters_registration AS t
                           WHERE t.state = %1$L AND t.voter = n.voter LIMIT 1) AS r ON true
        LEFT JOIN LATERAL (SELECT t.* FROM public.voters_demographics AS t
                           WHERE t.state = %1$L AND t.voter = n.voter LIMIT 1) AS d ON true
        LEFT JOIN LATERAL (SELECT t.* FROM public.voters_contactdetails AS t
                           WHERE t.state = %1$L AND t.voter = n.voter LIMIT 1) AS c ON true
        LEFT JOIN LATERAL (SELECT t.* FROM public.voters_votehistory AS t
                           WHERE t.state = %1$L AND t.voter = n.voter LIMIT 1) AS h ON true
        $q$, in_state, number, touched);
    DELETE FROM public.imports_reverse AS old
    WHERE old.state = in_state AND old.publication <= number - sec.kept_reverses();
END $$;
RESET ROLE;
