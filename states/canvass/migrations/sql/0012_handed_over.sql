-- A contact of someone who contributes without reading, which cannot be applied, is shown to the state's
-- owner among those that wait: its pusher must not learn that its voter was found. The owner
-- has it tried again, names another voter, or dismisses it.

ALTER TABLE canvass_unmatched
    ADD COLUMN kind text NOT NULL DEFAULT 'contact',
    ADD COLUMN amends uuid,
    ADD COLUMN problem text,
    ADD COLUMN found_voter uuid,
    ADD CONSTRAINT canvass_unmatched_kind_is_known CHECK (kind IN ('contact', 'correction', 'retraction')),
    ADD CONSTRAINT canvass_unmatched_problem_has_its_voter CHECK ((problem IS NULL) = (found_voter IS NULL));
COMMENT ON COLUMN canvass_unmatched.problem IS 'Why it could not be applied; null where it fits nobody for sure.';
COMMENT ON COLUMN canvass_unmatched.found_voter IS 'For whom it is tried again; shown to nobody.';
GRANT SELECT (kind, problem) ON canvass_unmatched TO coop_app;

GRANT DELETE ON canvass_inbox TO coop_worker;
CREATE POLICY hands_over ON canvass_inbox FOR DELETE TO coop_worker USING (status = 'set_aside');

SET LOCAL ROLE coop_worker;

-- Hands a row that was just set aside over to the state's owner, where its own organization may not
-- see it; tells whether it did.
CREATE FUNCTION sec.hand_over(in_state text, in_seq bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    item public.canvass_inbox%ROWTYPE;
    told jsonb;
BEGIN
    IF sec.action() IS DISTINCT FROM 'apply' THEN
        RAISE EXCEPTION 'a worker hands over' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT i.* INTO item FROM public.canvass_inbox AS i
    WHERE i.state = in_state AND i.seq = in_seq AND i.status = 'set_aside' AND i.organization = sec.organization();
    IF NOT FOUND THEN RETURN false; END IF;
    SELECT b.about INTO told FROM public.canvass_blind AS b
    WHERE b.state = in_state AND b.contact = item.contact;
    IF told IS NULL THEN
        -- Pushed with sight: it is seen by its organization where that still has it, or never pushed blindly.
        IF item.place = ANY (sec.readable_places()) OR in_state = ANY (sec.readable_states())
            OR NOT EXISTS (SELECT FROM public.canvass_blind_pusher AS p WHERE p.organization = item.organization)
        THEN
            RETURN false;
        END IF;
        told := to_jsonb(in_state || '-' || replace(item.voter::text, '-', ''));
    END IF;
    INSERT INTO public.canvass_unmatched AS u
        (state, contact, organization, pooled, principal, source, event_id, receipt, event_time, received_at,
         about, body, kind, amends, problem, found_voter)
    VALUES (in_state, item.contact, item.organization, item.pooled, item.principal, item.source, item.event_id,
            item.receipt, item.event_time, item.received_at, told, item.body, item.kind, item.amends, item.error,
            item.voter)
    ON CONFLICT (state, contact) DO UPDATE
    SET status = 'waiting', settled_at = NULL, settled_by = NULL, problem = excluded.problem,
        found_voter = excluded.found_voter, body = excluded.body, event_time = excluded.event_time;
    DELETE FROM public.canvass_inbox AS i WHERE i.state = in_state AND i.seq = in_seq AND i.status = 'set_aside';
    RETURN true;
END $$;

-- As before; an amendment stays with the voter of its contact, and what failed once is looked at anew.
CREATE OR REPLACE FUNCTION sec.settle_unmatched(in_state text, waiting uuid, about_voter uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    found_ public.canvass_unmatched%ROWTYPE;
    chosen uuid := about_voter;
    at_place integer;
BEGIN
    IF NOT in_state = ANY (sec.owned_states('{manage}')) THEN
        RAISE EXCEPTION 'no contact is written here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.canvass_unmatched AS u
    SET status = CASE WHEN about_voter IS NULL THEN 'dismissed' ELSE 'resolved' END,
        settled_at = now(), settled_by = sec.principal()
    WHERE u.state = in_state AND u.contact = waiting AND u.status = 'waiting' RETURNING u.* INTO found_;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF chosen IS NOT NULL THEN
        IF found_.kind <> 'contact' THEN chosen := found_.found_voter; END IF;
        SELECT r.place INTO STRICT at_place FROM public.voters_registration AS r
        WHERE r.state = in_state AND r.voter = chosen;
        INSERT INTO public.canvass_inbox (state, contact, voter, place, organization, principal, source,
                                          event_id, receipt, pooled, event_time, received_at, body, kind, amends,
                                          attempts)
        VALUES (in_state, waiting, chosen, at_place, found_.organization, found_.principal, found_.source,
                found_.event_id, found_.receipt, found_.pooled, found_.event_time, found_.received_at, found_.body,
                found_.kind, found_.amends, CASE WHEN found_.problem IS NULL THEN 0 ELSE 1 END);
    END IF;
    RETURN true;
END $$;

-- The owner has what could not be applied tried again, for the voter for whom it was found. Returns
-- whether it waited.
CREATE FUNCTION sec.retry_unmatched(in_state text, waiting uuid) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT sec.settle_unmatched(in_state, waiting, u.found_voter)
                     FROM public.canvass_unmatched AS u
                     WHERE u.state = in_state AND u.contact = waiting AND u.found_voter IS NOT NULL), false)
$$;
GRANT EXECUTE ON FUNCTION sec.hand_over(text, bigint), sec.retry_unmatched(text, uuid) TO coop_app;
RESET ROLE;
