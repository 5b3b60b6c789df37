-- Bitmaps for those who may count but not read: given to the application for a question that it has signed, never to a
-- statement that somebody typed. What it makes of them leaves the house through sec.noised alone.
SET LOCAL ROLE coop_counter;
CREATE FUNCTION sec.counted_facets(in_state text, field_group text, of_field text, of_value text, signature text)
RETURNS TABLE (state text, field text, value text, place integer, bits bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 300 AS $$
BEGIN
    IF sec.action() IS DISTINCT FROM 'count' OR NOT sec.verified(
        concat_ws('|', 'facets', in_state, current_setting('coop.actor')), signature)
        OR field_group NOT IN ('registration', 'demographics', 'contact_details', 'vote_history', 'contacts')
    THEN
        RAISE EXCEPTION 'these bitmaps were not signed for' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT f.state, f.field, f.value, f.place, f.bits FROM public.%I AS f'
        ' WHERE f.state = $1 AND f.field = $2 AND ($3 IS NULL OR f.value = $3)', 'facets_' || field_group)
        USING in_state, of_field, of_value;
END $$;
GRANT EXECUTE ON FUNCTION sec.counted_facets(text, text, text, text, text) TO coop_app;
RESET ROLE;
