-- A publication that changed little is followed: only bitmaps that its voters leave or join are written.
-- What they were before is what the publication keeps for going back; what they are now is published.

SET LOCAL ROLE coop_publisher;

-- How many voters the newest publication touched, if the bitmaps are those of the one before it and
-- it kept all that it replaced; NULL if they cannot follow. No publication comes between from here on.
CREATE FUNCTION sec.facets_to_follow(in_state text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    newest integer;
BEGIN
    IF sec.action() IS DISTINCT FROM 'import' OR NOT coalesce(in_state = ANY (sec.owned_states('{import}')), false) THEN
        RAISE EXCEPTION 'no such state' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock(1, hashtext(in_state));
    SELECT max(p.number) INTO newest FROM public.voters_publication AS p WHERE p.state = in_state;
    IF NOT EXISTS (SELECT FROM public.facets_version AS v WHERE v.state = in_state AND v.publication = newest - 1)
        OR NOT EXISTS (SELECT FROM public.imports_reverse AS e
                       WHERE e.state = in_state AND e.publication = newest
                         AND e.voter = '00000000-0000-0000-0000-000000000000')
    THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT count(*) - 1 FROM public.imports_reverse AS e
            WHERE e.state = in_state AND e.publication = newest);
END $$;

-- The voters that the newest publication touched: where each was before it, and its row of one table then.
-- Both are NULL for who was not there; the table too where none is named.
CREATE FUNCTION sec.facets_replaced(in_state text, of_table text)
RETURNS TABLE (voter uuid, ordinal integer, was_at integer, was jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 10000 AS $$
BEGIN
    IF sec.action() IS DISTINCT FROM 'import' OR NOT coalesce(in_state = ANY (sec.owned_states('{import}')), false) THEN
        RAISE EXCEPTION 'no such state' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY
        SELECT e.voter, r.ordinal, e.was_at, e.was -> of_table
        FROM public.imports_reverse AS e
        JOIN public.voters_registration AS r ON r.state = in_state AND r.voter = e.voter
        WHERE e.state = in_state
          AND e.publication = (SELECT max(p.number) FROM public.voters_publication AS p WHERE p.state = in_state);
END $$;

-- Puts staged bitmaps in the place of those that they are the new content of; the others stand.
CREATE FUNCTION sec.follow_facets(in_state text, staged text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    field_group text;
    written bigint := 0;
BEGIN
    IF sec.facets_to_follow(in_state) IS NULL THEN
        RAISE EXCEPTION 'these bitmaps cannot follow' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    FOREACH field_group IN ARRAY '{registration,demographics,contact_details,vote_history,contacts}'::text[] LOOP
        EXECUTE format($q$
            DELETE FROM public.%I AS f USING %s AS s
            WHERE s.field_group = %L AND f.state = %L
              AND f.field = s.field AND f.value = s.value AND f.place = s.place
            $q$, 'facets_' || field_group, sec.staged_table(staged), field_group, in_state);
        written := written + sec.write_facets(in_state, field_group, staged);
    END LOOP;
    PERFORM sec.version_facets(in_state, v.publication + 1) FROM public.facets_version AS v WHERE v.state = in_state;
    RETURN written;
END $$;
GRANT EXECUTE ON FUNCTION sec.facets_to_follow(text), sec.facets_replaced(text, text), sec.follow_facets(text, text)
    TO coop_loader;
RESET ROLE;
