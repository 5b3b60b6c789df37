-- Uploads of ballots: their state's owner's alone. Lines wait here until they are applied; only
-- the functions below write, and nobody reads the lines themselves.

CREATE TABLE ballots_upload (
    state text NOT NULL,
    id uuid NOT NULL,
    ballot_election text NOT NULL,
    mode text NOT NULL,
    status text NOT NULL DEFAULT 'reading',
    lines integer NOT NULL DEFAULT 0,
    faulty integer NOT NULL DEFAULT 0,
    figures jsonb NOT NULL DEFAULT '{}',
    reason text NOT NULL DEFAULT '',
    uploaded_by uuid NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    CONSTRAINT ballots_upload_pkey PRIMARY KEY (state, id),
    CONSTRAINT ballots_upload_mode_is_known CHECK (mode IN ('whole', 'difference')),
    CONSTRAINT ballots_upload_status_is_known CHECK (status IN ('reading', 'applied', 'refused', 'failed'))
) PARTITION BY LIST (state);

CREATE TABLE ballots_line (
    state text NOT NULL,
    upload uuid NOT NULL,
    line integer NOT NULL,
    named_voter uuid,
    named_state_voter_id text,
    ballot_status text NOT NULL,
    ballot_date date NOT NULL,
    ballot_method text,
    found uuid,
    found_place integer,
    CONSTRAINT ballots_line_pkey PRIMARY KEY (state, upload, line)
) PARTITION BY LIST (state);

CREATE TABLE ballots_fault (
    state text NOT NULL,
    upload uuid NOT NULL,
    line integer NOT NULL,
    code text NOT NULL,
    detail text NOT NULL,
    CONSTRAINT ballots_fault_pkey PRIMARY KEY (state, upload, line)
) PARTITION BY LIST (state);

SELECT sec.wall_state_table(name) FROM unnest('{ballots_upload,ballots_line,ballots_fault}'::text[]) AS name;
GRANT SELECT ON ballots_upload, ballots_fault TO coop_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ballots_upload, ballots_line, ballots_fault TO coop_publisher;
CREATE POLICY owner_reads ON ballots_upload FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{manage,import}'))::text[]));
CREATE POLICY owner_reads ON ballots_fault FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{manage,import}'))::text[]));
CREATE POLICY publisher ON ballots_upload TO coop_publisher USING (true) WITH CHECK (true);
CREATE POLICY publisher ON ballots_line TO coop_publisher USING (true) WITH CHECK (true);
CREATE POLICY publisher ON ballots_fault TO coop_publisher USING (true) WITH CHECK (true);

SET LOCAL ROLE coop_publisher;

CREATE FUNCTION sec.check_ballots_owner(in_state text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF sec.action() IS DISTINCT FROM 'import' OR NOT coalesce(in_state = ANY (sec.owned_states('{import}')), false) THEN
        RAISE EXCEPTION 'no such state' USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;

-- The upload, locked, as long as it is read.
CREATE FUNCTION sec.reading_ballots(in_state text, in_upload uuid) RETURNS public.ballots_upload
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    run public.ballots_upload;
BEGIN
    PERFORM sec.check_ballots_owner(in_state);
    SELECT u.* INTO run FROM public.ballots_upload AS u
    WHERE u.state = in_state AND u.id = in_upload AND u.status = 'reading' FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such upload' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN run;
END $$;

-- Begins an upload, and ends those of the state that have been left lying for a day.
CREATE FUNCTION sec.open_ballots(in_state text, in_upload uuid, in_election text, in_mode text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM sec.check_ballots_owner(in_state);
    UPDATE public.ballots_upload AS u SET status = 'failed', reason = 'left', finished_at = clock_timestamp()
    WHERE u.state = in_state AND u.status = 'reading' AND u.started_at < now() - interval '1 day';
    DELETE FROM public.ballots_line AS l USING public.ballots_upload AS u
    WHERE l.state = in_state AND u.state = in_state AND u.id = l.upload AND u.status <> 'reading';
    INSERT INTO public.ballots_upload (state, id, ballot_election, mode, uploaded_by)
    VALUES (in_state, in_upload, in_election, in_mode, sec.principal());
END $$;

-- Keeps lines and faults, and counts them: this is the progress that others see.
CREATE FUNCTION sec.stage_ballots(in_state text, in_upload uuid, in_lines jsonb, in_faults jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM sec.reading_ballots(in_state, in_upload);
    INSERT INTO public.ballots_line
        (state, upload, line, named_voter, named_state_voter_id, ballot_status, ballot_date, ballot_method)
    SELECT in_state, in_upload, r.line, r.voter, r.state_voter_id, r.status, r.day, r.method
    FROM jsonb_to_recordset(in_lines)
        AS r(line integer, voter uuid, state_voter_id text, status text, day date, method text);
    INSERT INTO public.ballots_fault (state, upload, line, code, detail)
    SELECT in_state, in_upload, r.line, r.code, r.detail
    FROM jsonb_to_recordset(in_faults) AS r(line integer, code text, detail text);
    UPDATE public.ballots_upload AS u
    SET lines = u.lines + jsonb_array_length(in_lines) + jsonb_array_length(in_faults),
        faulty = u.faulty + jsonb_array_length(in_faults)
    WHERE u.state = in_state AND u.id = in_upload;
END $$;

CREATE FUNCTION sec.fail_ballots(in_state text, in_upload uuid, in_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM sec.reading_ballots(in_state, in_upload);
    DELETE FROM public.ballots_line AS l WHERE l.state = in_state AND l.upload = in_upload;
    UPDATE public.ballots_upload AS u
    SET status = 'failed', reason = in_reason, finished_at = clock_timestamp()
    WHERE u.state = in_state AND u.id = in_upload;
END $$;

-- How far a status is; of two on one day the farther holds.
CREATE FUNCTION sec.ballot_step(status text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE status WHEN 'requested' THEN 1 WHEN 'sent' THEN 2 WHEN 'returned' THEN 3 ELSE 4 END
$$;

-- Applies a staged upload in one transaction: finds the voters, judges the whole, writes. Gives
-- the figures; with `refused` among them nothing was written. Publications of the state and
-- other uploads wait, so that no row is written with a place that is just changing.
CREATE FUNCTION sec.apply_ballots(in_state text, in_upload uuid, accepted boolean) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    run public.ballots_upload;
    replaces boolean;
    refusal text;
    held bigint;
    known bigint;
    matched bigint;
    written bigint;
    unknown bigint;
    removed bigint := 0;
BEGIN
    run := sec.reading_ballots(in_state, in_upload);
    replaces := run.mode = 'whole';
    PERFORM pg_advisory_xact_lock(1, hashtext(in_state));
    UPDATE public.ballots_line AS l SET found = r.voter, found_place = r.place
    FROM public.voters_registration AS r
    WHERE l.state = in_state AND l.upload = in_upload AND r.state = in_state
      AND r.state_voter_id = l.named_state_voter_id;
    UPDATE public.ballots_line AS l SET found = r.voter, found_place = r.place
    FROM public.voters_registration AS r
    WHERE l.state = in_state AND l.upload = in_upload AND r.state = in_state AND r.voter = l.named_voter;
    INSERT INTO public.ballots_fault (state, upload, line, code, detail)
    SELECT in_state, in_upload, l.line, 'voter_unknown', 'No voter of the state has this id.'
    FROM public.ballots_line AS l WHERE l.state = in_state AND l.upload = in_upload AND l.found IS NULL;
    GET DIAGNOSTICS unknown = ROW_COUNT;
    SELECT count(DISTINCT l.found) INTO matched
    FROM public.ballots_line AS l WHERE l.state = in_state AND l.upload = in_upload;
    SELECT count(*), count(*) FILTER (WHERE EXISTS (
        SELECT FROM public.ballots_line AS l
        WHERE l.state = in_state AND l.upload = in_upload AND l.found = b.voter)) INTO held, known
    FROM public.voters_ballot AS b WHERE b.state = in_state AND b.ballot_election = run.ballot_election;

    refusal := CASE
        WHEN matched = 0 THEN 'no_ballots'
        WHEN accepted OR NOT replaces THEN NULL
        WHEN (run.faulty + unknown) * 20 > run.lines THEN 'many_faults'
        WHEN (held - known) * 2 > held THEN 'ballots_fell'
    END;
    IF refusal IS NULL THEN
        IF replaces THEN
            DELETE FROM public.voters_ballot AS b
            WHERE b.state = in_state AND b.ballot_election = run.ballot_election
              AND NOT EXISTS (SELECT FROM public.ballots_line AS l
                              WHERE l.state = in_state AND l.upload = in_upload AND l.found = b.voter);
            GET DIAGNOSTICS removed = ROW_COUNT;
        END IF;
        WITH told AS (
            SELECT l.found AS voter, l.found_place AS place,
                   (array_agg(l.ballot_status ORDER BY l.ballot_date DESC, sec.ballot_step(l.ballot_status) DESC,
                              l.line DESC))[1] AS status,
                   max(l.ballot_date) AS day,
                   (array_agg(l.ballot_method ORDER BY l.ballot_date DESC, l.line DESC)
                        FILTER (WHERE l.ballot_method IS NOT NULL))[1] AS method,
                   max(l.ballot_date) FILTER (WHERE l.ballot_status = 'requested') AS requested_on,
                   max(l.ballot_date) FILTER (WHERE l.ballot_status = 'sent') AS sent_on,
                   max(l.ballot_date) FILTER (WHERE l.ballot_status = 'returned') AS returned_on,
                   max(l.ballot_date) FILTER (WHERE l.ballot_status = 'accepted') AS accepted_on,
                   max(l.ballot_date) FILTER (WHERE l.ballot_status = 'rejected') AS rejected_on
            FROM public.ballots_line AS l
            WHERE l.state = in_state AND l.upload = in_upload AND l.found IS NOT NULL
            GROUP BY l.found, l.found_place
        ), merged AS (
            SELECT t.voter, t.place,
                   CASE WHEN b.voter IS NULL OR t.day > b.ballot_date OR (t.day = b.ballot_date
                        AND sec.ballot_step(t.status) >= sec.ballot_step(b.ballot_status))
                        THEN t.status ELSE b.ballot_status END AS status,
                   greatest(t.day, b.ballot_date) AS day,
                   coalesce(t.method, b.ballot_method) AS method,
                   coalesce(t.requested_on, b.requested_on) AS requested_on,
                   coalesce(t.sent_on, b.sent_on) AS sent_on,
                   coalesce(t.returned_on, b.returned_on) AS returned_on,
                   coalesce(t.accepted_on, b.accepted_on) AS accepted_on,
                   coalesce(t.rejected_on, b.rejected_on) AS rejected_on
            FROM told AS t LEFT JOIN public.voters_ballot AS b
              ON NOT replaces AND b.state = in_state AND b.ballot_election = run.ballot_election
             AND b.voter = t.voter
        )
        INSERT INTO public.voters_ballot AS b
            (state, voter, place, ballot_election, ballot_status, ballot_date, ballot_method,
             requested_on, sent_on, returned_on, accepted_on, rejected_on)
        SELECT in_state, m.voter, m.place, run.ballot_election, m.status, m.day, m.method,
               m.requested_on, m.sent_on, m.returned_on, m.accepted_on, m.rejected_on
        FROM merged AS m ORDER BY m.voter
        ON CONFLICT (state, ballot_election, voter) DO UPDATE
        SET ballot_status = excluded.ballot_status, ballot_date = excluded.ballot_date,
            ballot_method = excluded.ballot_method, requested_on = excluded.requested_on,
            sent_on = excluded.sent_on, returned_on = excluded.returned_on,
            accepted_on = excluded.accepted_on, rejected_on = excluded.rejected_on
        WHERE (b.ballot_status, b.ballot_date, b.ballot_method, b.requested_on, b.sent_on,
               b.returned_on, b.accepted_on, b.rejected_on)
            IS DISTINCT FROM
              (excluded.ballot_status, excluded.ballot_date, excluded.ballot_method, excluded.requested_on,
               excluded.sent_on, excluded.returned_on, excluded.accepted_on, excluded.rejected_on);
        GET DIAGNOSTICS written = ROW_COUNT;
        INSERT INTO public.voters_ballotelection (state, ballot_election)
        VALUES (in_state, run.ballot_election)
        ON CONFLICT (state, ballot_election) DO UPDATE SET changed_at = now();
    END IF;
    DELETE FROM public.ballots_line AS l WHERE l.state = in_state AND l.upload = in_upload;
    UPDATE public.ballots_upload AS u
    SET status = CASE WHEN refusal IS NULL THEN 'applied' ELSE 'refused' END, reason = coalesce(refusal, ''),
        faulty = u.faulty + unknown, finished_at = clock_timestamp(),
        figures = jsonb_strip_nulls(jsonb_build_object(
            'voters', matched, 'before', held, 'added', CASE WHEN refusal IS NULL THEN matched - known END,
            'changed', written - (matched - known), 'unchanged', matched - written,
            'removed', CASE WHEN refusal IS NULL THEN removed END, 'unknown', unknown))
    WHERE u.state = in_state AND u.id = in_upload
    RETURNING u.figures || jsonb_build_object('refused', refusal) INTO run.figures;
    RETURN run.figures;
END $$;

GRANT EXECUTE ON FUNCTION sec.open_ballots(text, uuid, text, text), sec.stage_ballots(text, uuid, jsonb, jsonb),
    sec.fail_ballots(text, uuid, text), sec.apply_ballots(text, uuid, boolean) TO coop_app;
RESET ROLE;
