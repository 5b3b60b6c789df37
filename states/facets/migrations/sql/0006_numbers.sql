-- Households and telephone numbers by number, for counting distinct ones: place by place beside the bitmaps of their
-- group, and so under its policies. Field "@", and the version that they are of as the value: of another they are not found.
SET LOCAL ROLE coop_worker;
-- The states whose numbers are not of the newest bitmaps, each with its owner, who alone may see all of them.
CREATE FUNCTION sec.numbers_due() RETURNS TABLE (in_state text, owner uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 10 AS $$
    SELECT v.state, s.owner FROM public.facets_version AS v
    JOIN public.jurisdictions_state AS s ON s.code = v.state
    WHERE sec.action() = 'work' AND s.owner IS NOT NULL AND NOT EXISTS (
        SELECT FROM public.facets_registration AS f
        WHERE f.state = v.state AND f.field = '@' AND f.value = v.version::text)
    ORDER BY v.state
$$;
GRANT EXECUTE ON FUNCTION sec.numbers_due() TO coop_app;
RESET ROLE;

SET LOCAL ROLE coop_publisher;
-- Keeps the numbers of one group in the place of those before; nothing, where the bitmaps are of another version by now, or
-- just being changed.
CREATE FUNCTION sec.keep_numbers(in_state text, field_group text, of_version uuid, in_places integer[], packed bytea[])
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    written bigint;
BEGIN
    IF sec.action() IS DISTINCT FROM 'apply' OR NOT coalesce(in_state = ANY (sec.owned_states('{apply}')), false)
        OR field_group NOT IN ('registration', 'contact_details')
    THEN
        RAISE EXCEPTION 'nothing is kept here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT pg_try_advisory_xact_lock(1, hashtext(in_state)) OR NOT EXISTS (
        SELECT FROM public.facets_version AS v WHERE v.state = in_state AND v.version = of_version)
    THEN
        RETURN 0;
    END IF;
    EXECUTE format('DELETE FROM public.%I AS f WHERE f.state = %L AND f.field = ''@''',
                   'facets_' || field_group, in_state);
    EXECUTE format($q$
        INSERT INTO public.%I (state, field, value, place, bits)
        SELECT %L, '@', $1::text, one.place, one.bits FROM unnest($2, $3) AS one (place, bits)
        WHERE EXISTS (SELECT FROM public.jurisdictions_place AS p
                      WHERE p.state = %L AND p.place = one.place AND p.place > 0)
        $q$, 'facets_' || field_group, in_state, in_state) USING of_version, in_places, packed;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END $$;
GRANT EXECUTE ON FUNCTION sec.keep_numbers(text, text, uuid, integer[], bytea[]) TO coop_app;
RESET ROLE;
