-- As before, and new voters get their ordinals with their rows.
SET LOCAL ROLE coop_publisher;

CREATE OR REPLACE FUNCTION sec.file_columns(target text, prefix text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT string_agg(prefix || quote_ident(a.attname), ', ' ORDER BY a.attnum)
    FROM pg_attribute AS a
    WHERE a.attrelid = format('public.%I', target)::regclass AND a.attnum > 0
      AND NOT a.attisdropped AND a.attgenerated = ''
      AND a.attname NOT IN ('state', 'voter', 'place', 'shielded', 'publication', 'ordinal')
$$;

CREATE OR REPLACE FUNCTION sec.publish_import(wanted uuid, worker_name text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
-- 1 who and whether · 2 staging whole · 3 publication, its change, elections and places · 4 the difference, group by
-- group in key order · 5 the gone · 6 movers' other rows · 7 the import is published.
DECLARE
    run public.imports_import;
    delivery public.files_delivery;
    difference text;
    departed text;
    place_of text;  -- the difference with the place of each row
    shielded_place integer;
    next_number integer;
    counted bigint[];
    target text;
    last_ordinal integer;
BEGIN
    SELECT i.* INTO run FROM public.imports_import AS i WHERE i.id = wanted FOR UPDATE;
    IF NOT FOUND OR sec.action() IS DISTINCT FROM 'import'
        OR NOT run.state = ANY (sec.owned_states('{import}'))
    THEN
        RAISE EXCEPTION 'no such import' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF run.status <> 'publishing' OR run.compared_at IS NULL OR run.worker <> worker_name THEN
        RAISE EXCEPTION 'the import is not ready' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM pg_advisory_xact_lock(1, hashtext(run.state));
    SELECT d.* INTO delivery FROM public.files_delivery AS d WHERE d.id = run.delivery_id;
    SELECT -s.fips INTO shielded_place FROM public.jurisdictions_state AS s WHERE s.code = run.state;
    difference := sec.staged_table('difference_' || replace(wanted::text, '-', ''));
    departed := sec.staged_table('gone_' || replace(wanted::text, '-', ''));

    -- Unlogged tables are emptied by a crash of the server: what was counted must be there.
    EXECUTE format('SELECT ARRAY[(SELECT count(*) FROM %s), (SELECT count(*) FROM %s)]', difference, departed)
        INTO counted;
    IF counted IS DISTINCT FROM ARRAY[(run.cursor->>'difference')::bigint, (run.cursor->>'gone')::bigint] THEN
        RAISE EXCEPTION 'staging is incomplete' USING ERRCODE = 'data_corrupted';
    END IF;

    SELECT coalesce(max(p.number), 0) + 1 INTO next_number
    FROM public.voters_publication AS p WHERE p.state = run.state;
    INSERT INTO public.voters_publication (state, number, import_id, file_date, counties, figures)
    VALUES (run.state, next_number, wanted, delivery.file_date, delivery.counties, run.figures);

    -- Before any place moves: where there are feeds, this also holds back the state's contacts,
    -- so that none is written with a place that is just changing.
    IF to_regprocedure('sec.append_publication_change(text,integer)') IS NOT NULL THEN
        EXECUTE format('SELECT sec.append_publication_change(%L, %s)', run.state, next_number);
    END IF;

    INSERT INTO public.voters_election (state, election, date, type, name)
    SELECT run.state, (e->>'election')::integer, (e->>'date')::date, e->>'type', e->>'name'
    FROM jsonb_array_elements(run.cursor->'elections') AS e
    ON CONFLICT (state, election) DO NOTHING;

    EXECUTE format($q$
        INSERT INTO public.jurisdictions_place
            (state, place, county, us_house_district, state_senate_district, state_house_district)
        SELECT %1$L, nextval('public.jurisdictions_place_number'), c.*
        FROM (SELECT DISTINCT d.county, coalesce(d.us_house_district, ''),
                     coalesce(d.state_senate_district, ''), coalesce(d.state_house_district, '')
              FROM %2$s AS d WHERE d.shielded IS NULL
              EXCEPT SELECT p.county, p.us_house_district, p.state_senate_district, p.state_house_district
              FROM public.jurisdictions_place AS p WHERE p.state = %1$L AND p.place > 0
              ORDER BY 1, 2, 3, 4) AS c
        $q$, run.state, difference);

    place_of := format($q$
        (SELECT d.*, CASE WHEN d.shielded IS NULL THEN p.place ELSE %1$s END AS new_place
         FROM %2$s AS d LEFT JOIN public.jurisdictions_place AS p
           ON p.state = %3$L AND p.place > 0 AND p.county IS NOT DISTINCT FROM d.county
          AND p.us_house_district = coalesce(d.us_house_district, '')
          AND p.state_senate_district = coalesce(d.state_senate_district, '')
          AND p.state_house_district = coalesce(d.state_house_district, ''))
        $q$, shielded_place, difference, run.state);

    -- New voters are numbered by place, after those who are there; whoever is gone keeps the number.
    SELECT coalesce(max(r.ordinal), 0) INTO last_ordinal FROM public.voters_registration AS r WHERE r.state = run.state;
    EXECUTE format($q$
        INSERT INTO public.voters_registration (state, voter, place, shielded, publication, ordinal, %1$s)
        SELECT %3$L, d.voter, d.new_place, d.shielded, %4$s, o.ordinal, %2$s FROM %5$s AS d
        JOIN (SELECT n.voter, %6$s + row_number() OVER (ORDER BY n.new_place, n.voter) AS ordinal
              FROM %5$s AS n WHERE n.is_new) AS o ON o.voter = d.voter
        WHERE d.is_new ORDER BY d.voter
        $q$, sec.file_columns('voters_registration', ''), sec.file_columns('voters_registration', 'd.'),
        run.state, next_number, place_of, last_ordinal);
    EXECUTE format($q$
        UPDATE public.voters_registration AS t
        SET (place, shielded, publication, %1$s) = ROW (d.new_place, d.shielded, %4$s, %2$s)
        FROM %5$s AS d WHERE NOT d.is_new AND t.state = %3$L AND t.voter = d.voter
        $q$, sec.file_columns('voters_registration', ''), sec.file_columns('voters_registration', 'd.'),
        run.state, next_number, place_of);
    FOREACH target IN ARRAY ARRAY['voters_demographics', 'voters_contactdetails', 'voters_votehistory'] LOOP
        EXECUTE format($q$
            INSERT INTO public.%6$I (state, voter, place, %1$s)
            SELECT %3$L, d.voter, d.new_place, %2$s FROM %5$s AS d
            WHERE d.is_new ORDER BY d.voter
            $q$, sec.file_columns(target, ''), sec.file_columns(target, 'd.'), run.state, '', place_of, target);
        EXECUTE format($q$
            UPDATE public.%6$I AS t SET (place, %1$s) = ROW (d.new_place, %2$s)
            FROM %5$s AS d WHERE NOT d.is_new AND t.state = %3$L AND t.voter = d.voter
              AND (t.place, %4$s) IS DISTINCT FROM (d.new_place, %2$s)
            $q$, sec.file_columns(target, ''), sec.file_columns(target, 'd.'), run.state,
            sec.file_columns(target, 't.'), place_of, target);
    END LOOP;

    EXECUTE format($q$
        UPDATE public.voters_registration AS t SET place = %1$s, shielded = 'gone', publication = %2$s
        FROM %3$s AS g WHERE t.state = %4$L AND t.voter = g.voter
        $q$, shielded_place, next_number, departed, run.state);

    FOR target IN SELECT sec.voter_tables() LOOP
        CONTINUE WHEN target = 'voters_registration';
        EXECUTE format($q$
            UPDATE public.%5$I AS t SET place = m.place
            FROM (SELECT d.voter, d.new_place AS place FROM %1$s AS d WHERE NOT d.is_new AND d.moves
                  UNION ALL SELECT g.voter, %2$s FROM %3$s AS g) AS m
            WHERE t.state = %4$L AND t.voter = m.voter AND t.place <> m.place
            $q$, place_of, shielded_place, departed, run.state, target);
    END LOOP;

    UPDATE public.imports_import AS i
    SET status = 'published', phase = 'published', publication = next_number,
        finished_at = clock_timestamp(), heartbeat_at = NULL, worker = ''
    WHERE i.id = wanted;
    RETURN next_number;
END $$;
RESET ROLE;
