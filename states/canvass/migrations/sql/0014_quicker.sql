-- The same walls, asked less often: once a statement where it was once a row, and one call where there were five.

SET LOCAL ROLE coop_policy;
-- Whether the acting organization has a grant that lived out lately. Asked once a statement; where
-- there is none, no row is asked what such a grant says.
CREATE FUNCTION sec.is_late() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM sec.late_grants())
$$;
GRANT EXECUTE ON FUNCTION sec.is_late() TO coop_app;
RESET ROLE;

ALTER POLICY contributes_late ON canvass_inbox
    WITH CHECK ((SELECT sec.is_late()) AND (SELECT sec.action()) = 'contribute'
        AND organization = (SELECT sec.organization())
        AND principal = (SELECT sec.principal())
        AND status = 'queued' AND kind = 'contact'
        AND NOT (pooled AND (state = ANY ((SELECT sec.held_states())::text[])
                             OR place = ANY ((SELECT sec.held_places())::integer[])))
        AND sec.late_pool(state, place, event_time) = CASE WHEN pooled THEN 'at_once' ELSE 'held' END);

-- History is written from the inbox by one function, and by no other hand.
REVOKE INSERT ON canvass_contact, canvass_contact_detail FROM coop_app;
DROP POLICY worker_applies ON canvass_contact;
DROP POLICY worker_applies ON canvass_contact_detail;
GRANT INSERT ON canvass_contact, canvass_contact_detail TO coop_worker;
GRANT UPDATE (status, done_at) ON canvass_inbox TO coop_worker;

SET LOCAL ROLE coop_worker;

-- Locks the acting organization's queued rows that nobody else holds, the oldest first, and tells
-- where their voters are now. `wanted` NULL: whatever waits.
CREATE FUNCTION sec.lock_arrivals(in_state text, at_most integer, wanted bigint[])
RETURNS TABLE (seq bigint, contact uuid, voter uuid, place integer, organization uuid, source text,
               event_id text, pooled boolean, event_time timestamptz, received_at timestamptz, body jsonb,
               kind text, amends uuid, attempts smallint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mine constant uuid := sec.organization();
BEGIN
    IF sec.action() IS DISTINCT FROM 'apply' THEN
        RAISE EXCEPTION 'no contact is written here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY
    SELECT i.seq, i.contact, i.voter, coalesce(r.place, i.place), i.organization, i.source, i.event_id,
           i.pooled, i.event_time, i.received_at, i.body, i.kind, i.amends, i.attempts
    FROM public.canvass_inbox AS i
    LEFT JOIN public.voters_registration AS r ON r.state = in_state AND r.voter = i.voter
    WHERE i.state = in_state AND i.organization = mine AND i.status = 'queued'
      AND (wanted IS NULL OR i.seq = ANY (wanted))
    ORDER BY i.seq LIMIT at_most FOR UPDATE OF i SKIP LOCKED;
END $$;

-- Writes contacts into history as the acting organization's inbox holds them, each where its voter
-- is now, and marks them applied; returns how many. What was acknowledged is applied whatever has
-- become of the grant: the inbox row is the authority, and there is no other.
CREATE FUNCTION sec.write_contacts(in_state text, seqs bigint[]) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mine constant uuid := sec.organization();
    written bigint;
BEGIN
    IF sec.action() IS DISTINCT FROM 'apply' THEN
        RAISE EXCEPTION 'no contact is written here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    WITH arrived AS (
        UPDATE public.canvass_inbox AS i SET status = 'applied', done_at = clock_timestamp()
        WHERE i.state = in_state AND i.seq = ANY (seqs) AND i.organization = mine
          AND i.status = 'queued' AND i.kind = 'contact'
        RETURNING i.contact, i.voter, i.place, i.source, i.event_id, i.pooled, i.event_time, i.received_at,
                  i.body, i.seq
    ), placed AS MATERIALIZED (
        SELECT a.*, coalesce(r.place, a.place) AS here FROM arrived AS a
        LEFT JOIN public.voters_registration AS r ON r.state = in_state AND r.voter = a.voter
    ), history AS (
        INSERT INTO public.canvass_contact (state, contact, voter, place, organization, pooled, contact_type,
            input_type, result_code, support, event_time, received_at, seq)
        SELECT in_state, p.contact, p.voter, p.here, mine, p.pooled, (p.body ->> 'contact_type')::smallint,
               (p.body ->> 'input_type')::smallint, (p.body ->> 'result_code')::smallint,
               (p.body ->> 'support')::smallint, p.event_time, p.received_at, p.seq
        FROM placed AS p
    ), detail AS (
        INSERT INTO public.canvass_contact_detail (state, contact, voter, place, organization, source,
            event_id, canvasser, phone, survey_responses, activist_codes)
        SELECT in_state, p.contact, p.voter, p.here, mine, p.source, p.event_id, p.body ->> 'canvasser',
               p.body ->> 'phone', p.body -> 'survey_responses', p.body -> 'activist_codes'
        FROM placed AS p
    )
    SELECT count(*) INTO written FROM arrived;
    RETURN written;
END $$;
-- squawk-ignore ban-drop-function
DROP FUNCTION sec.current_places(text, bigint[]);
GRANT EXECUTE ON FUNCTION sec.lock_arrivals(text, integer, bigint[]),
    sec.write_contacts(text, bigint[]) TO coop_app;
RESET ROLE;
