-- Going back: each publication keeps what it replaced, and a rollback is a publication of its own.

-- What each voter that a publication touched was before: `was` has the rows by table, NULL for
-- a voter who was not there. No column is named `place`: these rows do not follow their voter.
-- A row of the nil voter says that the publication's reverse is whole, however little it changed.
CREATE TABLE imports_reverse (
    state text NOT NULL,
    publication integer NOT NULL,
    voter uuid NOT NULL,
    was jsonb,
    was_shielded text,
    was_at integer,
    CONSTRAINT imports_reverse_pkey PRIMARY KEY (state, publication, voter)
) PARTITION BY LIST (state);
SELECT sec.wall_state_table('imports_reverse');
GRANT SELECT, INSERT, DELETE ON imports_reverse TO coop_publisher;
CREATE POLICY publisher ON imports_reverse TO coop_publisher USING (true) WITH CHECK (true);

SET LOCAL ROLE coop_publisher;

CREATE FUNCTION sec.kept_reverses() RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 3 $$;

-- Keeps what these voters are now as the reverse of a publication, and forgets what is too old.
-- `touched` is a query of voters, made by the functions here alone.
CREATE FUNCTION sec.keep_reverse(in_state text, number integer, touched text) RETURNS void
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
        LEFT JOIN public.voters_registration AS r ON r.state = %1$L AND r.voter = n.voter
        LEFT JOIN public.voters_demographics AS d ON d.state = %1$L AND d.voter = n.voter
        LEFT JOIN public.voters_contactdetails AS c ON c.state = %1$L AND c.voter = n.voter
        LEFT JOIN public.voters_votehistory AS h ON h.state = %1$L AND h.voter = n.voter
        $q$, in_state, number, touched);
    DELETE FROM public.imports_reverse AS old
    WHERE old.state = in_state AND old.publication <= number - sec.kept_reverses();
END $$;

-- An import enters its publication just before it touches the first voter.
CREATE FUNCTION sec.publication_keeps_reverse() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    staged text := replace(new.import_id::text, '-', '');
BEGIN
    -- The first publication has nothing before it to go back to.
    IF new.number > 1 AND EXISTS (SELECT FROM public.imports_import AS i
                                  WHERE i.id = new.import_id AND i.rolls_back_to IS NULL) THEN
        PERFORM sec.keep_reverse(new.state, new.number, format(
            'SELECT voter FROM %s UNION ALL SELECT voter FROM %s',
            sec.staged_table('difference_' || staged), sec.staged_table('gone_' || staged)));
    END IF;
    RETURN NULL;
END $$;
GRANT EXECUTE ON FUNCTION sec.publication_keeps_reverse() TO coop_owner;

CREATE FUNCTION sec.roll_back(wanted uuid, worker_name text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
-- 1 who and whether · 2 the publication and its change · 3 who is touched, with its own reverse · 4 values and
-- places of then · 5 those who were not there yet · 6 other rows' places · 7 the run is published.
-- Who is shielded now is not touched: going back lifts nobody's protection.
DECLARE
    run public.imports_import;
    aim public.voters_publication;
    current_number integer;
    next_number integer;
    shielded_place integer;
    then_was text;  -- each touched voter as it was just after the publication gone back to
    target text;
    touched bigint;
    protected bigint;
    absent bigint;
BEGIN
    SELECT i.* INTO run FROM public.imports_import AS i WHERE i.id = wanted FOR UPDATE;
    IF NOT FOUND OR sec.action() IS DISTINCT FROM 'import'
        OR NOT run.state = ANY (sec.owned_states('{import}'))
    THEN
        RAISE EXCEPTION 'no such import' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF run.status <> 'publishing' OR run.rolls_back_to IS NULL OR run.worker <> worker_name THEN
        RAISE EXCEPTION 'the rollback is not ready' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM pg_advisory_xact_lock(1, hashtext(run.state));
    SELECT max(p.number) INTO current_number FROM public.voters_publication AS p WHERE p.state = run.state;
    SELECT p.* INTO aim FROM public.voters_publication AS p
    WHERE p.state = run.state AND p.number = run.rolls_back_to;
    IF NOT FOUND OR current_number IS DISTINCT FROM run.rolls_back_from
        OR (SELECT count(*) FROM public.imports_reverse AS r
            WHERE r.state = run.state AND r.publication > aim.number
              AND r.voter = '00000000-0000-0000-0000-000000000000') <> current_number - aim.number
    THEN
        RAISE EXCEPTION 'that publication cannot be gone back to' USING ERRCODE = 'no_data_found';
    END IF;
    SELECT -s.fips INTO shielded_place FROM public.jurisdictions_state AS s WHERE s.code = run.state;
    next_number := current_number + 1;
    then_was := format($q$
        (SELECT DISTINCT ON (r.voter) r.voter, r.was, r.was_shielded, r.was_at
         FROM public.imports_reverse AS r
         WHERE r.state = %1$L AND r.publication > %2$s AND r.publication <= %3$s
           AND r.voter <> '00000000-0000-0000-0000-000000000000'
         ORDER BY r.voter, r.publication)$q$, run.state, aim.number, current_number);

    EXECUTE format('SELECT count(*) FROM %s AS e', then_was) INTO touched;
    EXECUTE format($q$SELECT count(*) FROM %s AS e JOIN public.voters_registration AS t
                      ON t.state = %L AND t.voter = e.voter AND t.shielded IS NOT NULL$q$, then_was, run.state)
        INTO protected;

    INSERT INTO public.voters_publication (state, number, import_id, file_date, counties, figures)
    VALUES (run.state, next_number, wanted, aim.file_date, aim.counties, jsonb_build_object(
        'restored', touched - protected, 'protected', protected, 'rolled_back_to', aim.number));
    IF to_regprocedure('sec.append_publication_change(text,integer)') IS NOT NULL THEN
        EXECUTE format('SELECT sec.append_publication_change(%L, %s)', run.state, next_number);
    END IF;

    -- Before the oldest reverse goes: what follows reads only those after the aim, all kept.
    PERFORM sec.keep_reverse(run.state, next_number, format(
        'SELECT e.voter FROM %s AS e JOIN public.voters_registration AS t'
        ' ON t.state = %L AND t.voter = e.voter AND t.shielded IS NULL', then_was, run.state));
    then_was := format($q$
        (SELECT e.*, coalesce(e.was_at, %1$s) AS then_at,
                CASE WHEN e.was IS NULL THEN 'gone' ELSE e.was_shielded END AS then_shielded
         FROM %2$s AS e JOIN public.imports_reverse AS now
           ON now.state = %3$L AND now.publication = %4$s AND now.voter = e.voter)
        $q$, shielded_place, then_was, run.state, next_number);

    FOREACH target IN ARRAY ARRAY['voters_demographics', 'voters_contactdetails', 'voters_votehistory'] LOOP
        EXECUTE format($q$
            UPDATE public.%1$I AS t SET (place, %2$s) = ROW (e.then_at, %3$s)
            FROM %4$s AS e, jsonb_populate_record(NULL::public.%1$I, e.was->%1$L) AS p
            WHERE e.was IS NOT NULL AND t.state = %5$L AND t.voter = e.voter
            $q$, target, sec.file_columns(target, ''), sec.file_columns(target, 'p.'), then_was, run.state);
    END LOOP;
    FOR target IN SELECT sec.voter_tables() LOOP
        CONTINUE WHEN target = 'voters_registration';
        EXECUTE format($q$
            UPDATE public.%1$I AS t SET place = e.then_at FROM %2$s AS e
            WHERE t.state = %3$L AND t.voter = e.voter AND t.place <> e.then_at
            $q$, target, then_was, run.state);
    END LOOP;
    EXECUTE format($q$
        UPDATE public.voters_registration AS t
        SET (place, shielded, publication, %1$s) = ROW (e.then_at, e.then_shielded, %2$s, %3$s)
        FROM %4$s AS e, jsonb_populate_record(NULL::public.voters_registration, e.was->'voters_registration') AS p
        WHERE e.was IS NOT NULL AND t.state = %5$L AND t.voter = e.voter
        $q$, sec.file_columns('voters_registration', ''), next_number,
        sec.file_columns('voters_registration', 'p.'), then_was, run.state);
    EXECUTE format($q$
        UPDATE public.voters_registration AS t
        SET place = e.then_at, shielded = e.then_shielded, publication = %1$s
        FROM %2$s AS e WHERE e.was IS NULL AND t.state = %3$L AND t.voter = e.voter
        $q$, next_number, then_was, run.state);
    GET DIAGNOSTICS absent = ROW_COUNT;

    UPDATE public.imports_import AS i
    SET status = 'published', phase = 'published', publication = next_number,
        figures = jsonb_build_object('restored', touched - protected - absent, 'gone', absent, 'protected', protected),
        finished_at = clock_timestamp(), heartbeat_at = NULL, worker = ''
    WHERE i.id = wanted;
    RETURN next_number;
END $$;
GRANT EXECUTE ON FUNCTION sec.roll_back(uuid, text) TO coop_loader;
RESET ROLE;

CREATE TRIGGER voters_publication_keeps_reverse AFTER INSERT ON voters_publication
    FOR EACH ROW EXECUTE FUNCTION sec.publication_keeps_reverse();
