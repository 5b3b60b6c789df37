-- Contacts that come late: dated within a grant that lived out less than 72 hours ago.

CREATE POLICY contributes_late ON canvass_inbox FOR INSERT TO coop_app
    WITH CHECK ((SELECT sec.action()) = 'contribute'
        AND organization = (SELECT sec.organization())
        AND principal = (SELECT sec.principal())
        AND status = 'queued' AND kind = 'contact'
        AND NOT (pooled AND (state = ANY ((SELECT sec.held_states())::text[])
                             OR place = ANY ((SELECT sec.held_places())::integer[])))
        AND sec.late_pool(state, place, event_time) = CASE WHEN pooled THEN 'at_once' ELSE 'held' END);

SET LOCAL ROLE coop_worker;
-- Where the voters of late contacts are: gives back only those to whom it may be contributed,
-- and how. `wanted` has one row an item: its number, a voter or a state's id, and its moment.
CREATE FUNCTION sec.late_contributable(in_state text, wanted jsonb)
RETURNS TABLE (item integer, voter uuid, place integer, pool text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT w.item, r.voter, r.place, sec.late_pool(in_state, r.place, w.happened)
    FROM jsonb_to_recordset(wanted) AS w(item integer, about uuid, number text, happened timestamptz)
    JOIN public.voters_registration AS r
      ON r.state = in_state AND (r.voter = w.about OR r.state_voter_id = w.number)
    WHERE sec.late_pool(in_state, r.place, w.happened) IS NOT NULL
$$;
GRANT EXECUTE ON FUNCTION sec.late_contributable(text, jsonb) TO coop_app;
RESET ROLE;
