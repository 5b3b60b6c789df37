-- Large uploads are kept as files and worked through under a lease, batch by batch.

ALTER TABLE ballots_upload
    ADD COLUMN accept boolean NOT NULL DEFAULT false,
    ADD COLUMN kept boolean NOT NULL DEFAULT false,
    ADD COLUMN lines_total integer,
    ADD COLUMN last_line integer NOT NULL DEFAULT 1,
    ADD COLUMN lines_skipped integer NOT NULL DEFAULT 0,
    ADD COLUMN principal_kind text NOT NULL DEFAULT '',
    ADD COLUMN source text NOT NULL DEFAULT '',
    ADD COLUMN worker text NOT NULL DEFAULT '',
    ADD COLUMN heartbeat_at timestamptz,
    ADD COLUMN leased_at timestamptz,
    ADD COLUMN attempts integer NOT NULL DEFAULT 0;
-- A wider one takes its place in the same transaction.
-- squawk-ignore ban-drop-constraint
ALTER TABLE ballots_upload DROP CONSTRAINT ballots_upload_status_is_known;
ALTER TABLE ballots_upload ADD CONSTRAINT ballots_upload_status_is_known CHECK (
    status IN ('queued', 'reading', 'applied', 'refused', 'failed')) NOT VALID;
ALTER TABLE ballots_upload VALIDATE CONSTRAINT ballots_upload_status_is_known;
CREATE INDEX ballots_upload_to_do ON ballots_upload (state, started_at) WHERE kept AND status IN ('queued', 'reading');
COMMENT ON COLUMN ballots_upload.kept IS 'Its lines lie in a file, for a worker; others are read within their request.';

SET LOCAL ROLE coop_publisher;

CREATE FUNCTION sec.queue_ballots(
    in_state text, in_upload uuid, in_election text, in_mode text, in_accept boolean, in_lines integer,
    in_kind text, in_source text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM sec.check_ballots_owner(in_state);
    INSERT INTO public.ballots_upload
        (state, id, ballot_election, mode, status, uploaded_by, accept, kept, lines_total, principal_kind, source)
    VALUES (in_state, in_upload, in_election, in_mode, 'queued', sec.principal(), in_accept, true, in_lines,
            in_kind, in_source);
END $$;

-- Leases the oldest upload that waits; of one state one at a time, in order. A lease ends by itself
-- a minute after its worker's last sign.
CREATE FUNCTION sec.claim_ballots(worker_name text) RETURNS TABLE (in_state text, claimed uuid, owner uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF sec.action() IS DISTINCT FROM 'work' THEN RETURN; END IF;
    RETURN QUERY
    WITH chosen AS (
        SELECT u.state, u.id FROM public.ballots_upload AS u
        WHERE u.kept AND u.status IN ('queued', 'reading')
          AND coalesce(u.heartbeat_at < clock_timestamp() - interval '1 minute', true)
          AND NOT EXISTS (
              SELECT FROM public.ballots_upload AS earlier
              WHERE earlier.state = u.state AND earlier.kept AND earlier.status IN ('queued', 'reading')
                AND (earlier.started_at, earlier.id) < (u.started_at, u.id))
        ORDER BY u.started_at, u.id LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
    UPDATE public.ballots_upload AS u
    SET worker = worker_name, status = 'reading', heartbeat_at = clock_timestamp(), leased_at = clock_timestamp(),
        lines_skipped = u.lines, attempts = u.attempts + (u.heartbeat_at IS NOT NULL)::integer
    FROM chosen, public.jurisdictions_state AS s
    WHERE u.state = chosen.state AND u.id = chosen.id AND s.code = u.state
    RETURNING u.state, u.id, s.owner;
END $$;

-- Notes how far the lease's holder is; false once the lease is another's. Without a worker's name to
-- come, the lease is given back.
CREATE FUNCTION sec.beat_ballots(in_state text, in_upload uuid, worker_name text, read_to integer, released boolean)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM sec.check_ballots_owner(in_state);
    UPDATE public.ballots_upload AS u
    SET last_line = read_to, heartbeat_at = CASE WHEN NOT released THEN clock_timestamp() END,
        worker = CASE WHEN released THEN '' ELSE u.worker END
    WHERE u.state = in_state AND u.id = in_upload AND u.status = 'reading' AND u.worker = worker_name;
    RETURN FOUND;
END $$;

GRANT EXECUTE ON FUNCTION sec.queue_ballots(text, uuid, text, text, boolean, integer, text, text),
    sec.claim_ballots(text), sec.beat_ballots(text, uuid, text, integer, boolean) TO coop_app;
RESET ROLE;
