-- A state's first publication fills tables that stand beside, and are attached when whole: an
-- index built once costs a tenth of one kept up row by row. Everything happens in the publishing
-- transaction, so a table that stands beside is never seen by anyone.

-- It has rights on no partition but on one that it fills, until that is attached.
GRANT USAGE ON SCHEMA partitions TO coop_publisher;

-- Takes away the empty partitions of a state's voters, so that its first publication may bring its
-- own. Readers of these tables wait for it, so it waits for them for a moment only.
CREATE FUNCTION sec.clear_way(in_state text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
    target text;
    partition regclass;
BEGIN
    IF sec.action() IS DISTINCT FROM 'import' OR NOT in_state = ANY (sec.owned_states('{import}')) THEN
        RAISE EXCEPTION 'no such state' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- A table of no pages has never held a row, whoever may see it.
    FOREACH target IN ARRAY sec.tables_filled_beside() LOOP
        partition := to_regclass(format('partitions.%I', target || '_' || lower(in_state)));
        IF pg_relation_size(partition) > 0 THEN RETURN false; END IF;
    END LOOP;
    FOREACH target IN ARRAY sec.tables_filled_beside() LOOP
        partition := to_regclass(format('partitions.%I', target || '_' || lower(in_state)));
        CONTINUE WHEN partition IS NULL;
        EXECUTE format('LOCK TABLE ONLY public.%I IN ACCESS EXCLUSIVE MODE', target);
        IF pg_relation_size(partition) > 0 THEN
            RAISE EXCEPTION 'the state has voters' USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
        EXECUTE format('DROP TABLE %s', partition);
    END LOOP;
    RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION sec.clear_way(text) TO coop_loader;

CREATE FUNCTION sec.tables_filled_beside() RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT ARRAY['voters_registration', 'voters_demographics', 'voters_contactdetails', 'voters_votehistory']
$$;

CREATE FUNCTION sec.make_beside(target text, in_state text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made text := format('partitions.%I', target || '_' || lower(in_state));
BEGIN
    IF NOT target = ANY (sec.tables_filled_beside()) THEN
        RAISE EXCEPTION 'no such table' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- The check spares ATTACH its own look at every row.
    EXECUTE format('CREATE TABLE %s (LIKE public.%I INCLUDING ALL EXCLUDING INDEXES,'
                   ' CONSTRAINT only_its_state CHECK (state = %L))', made, target, in_state);
    EXECUTE format('GRANT INSERT ON %s TO coop_publisher', made);
    RETURN made;
END $$;

CREATE FUNCTION sec.attach_beside(target text, in_state text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET maintenance_work_mem = '256MB' AS $$
-- With the walls of sec.add_partition, before it is anyone's to see.
DECLARE
    made text := format('partitions.%I', target || '_' || lower(in_state));
BEGIN
    IF NOT target = ANY (sec.tables_filled_beside()) THEN
        RAISE EXCEPTION 'no such table' USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('REVOKE ALL ON %s FROM coop_publisher', made);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', made);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', made);
    EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION %s FOR VALUES IN (%L)', target, made, in_state);
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT only_its_state', made);
END $$;
GRANT EXECUTE ON FUNCTION sec.make_beside(text, text), sec.attach_beside(text, text), sec.tables_filled_beside()
    TO coop_publisher;

-- As before, but of arrays of texts and of fingerprints, by which nothing is ever chosen.
CREATE OR REPLACE FUNCTION sec.analyze_voters(in_state text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target record;
BEGIN
    IF sec.action() IS DISTINCT FROM 'import' OR NOT in_state = ANY (sec.owned_states('{import}')) THEN
        RAISE EXCEPTION 'no such state' USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOR target IN
        SELECT t.name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns
        FROM sec.state_table AS t
        JOIN pg_attribute AS a ON a.attrelid = format('partitions.%I', t.name || '_' || lower(in_state))::regclass
        WHERE t.field_group IS NOT NULL AND a.attnum > 0 AND NOT a.attisdropped
          AND NOT a.atttypid = ANY (ARRAY['text[]', 'bytea']::regtype[])
        GROUP BY t.name ORDER BY t.name
    LOOP
        EXECUTE format('ANALYZE partitions.%I (%s)', target.name || '_' || lower(in_state), target.columns);
    END LOOP;
END $$;

SET LOCAL ROLE coop_publisher;

-- What a publication does to those who are there: the changed, group by group, the gone, and movers' other rows.
CREATE FUNCTION sec.publish_changes(
    in_state text, number integer, place_of text, departed text, shielded_place integer
) RETURNS void LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target text;
BEGIN
    EXECUTE format($q$
        UPDATE public.voters_registration AS t
        SET (place, shielded, publication, %1$s) = ROW (d.new_place, d.shielded, %4$s, %2$s)
        FROM %5$s AS d WHERE NOT d.is_new AND t.state = %3$L AND t.voter = d.voter
        $q$, sec.file_columns('voters_registration', ''), sec.file_columns('voters_registration', 'd.'),
        in_state, number, place_of);
    FOREACH target IN ARRAY ARRAY['voters_demographics', 'voters_contactdetails', 'voters_votehistory'] LOOP
        EXECUTE format($q$
            UPDATE public.%6$I AS t SET (place, %1$s) = ROW (d.new_place, %2$s)
            FROM %5$s AS d WHERE NOT d.is_new AND t.state = %3$L AND t.voter = d.voter
              AND (t.place, %4$s) IS DISTINCT FROM (d.new_place, %2$s)
            $q$, sec.file_columns(target, ''), sec.file_columns(target, 'd.'), in_state,
            sec.file_columns(target, 't.'), place_of, target);
    END LOOP;

    EXECUTE format($q$
        UPDATE public.voters_registration AS t SET place = %1$s, shielded = 'gone', publication = %2$s
        FROM %3$s AS g WHERE t.state = %4$L AND t.voter = g.voter
        $q$, shielded_place, number, departed, in_state);

    FOR target IN SELECT sec.voter_tables() LOOP
        CONTINUE WHEN target = 'voters_registration';
        EXECUTE format($q$
            UPDATE public.%5$I AS t SET place = m.place
            FROM (SELECT d.voter, d.new_place AS place FROM %1$s AS d WHERE NOT d.is_new AND d.moves
                  UNION ALL SELECT g.voter, %2$s FROM %3$s AS g) AS m
            WHERE t.state = %4$L AND t.voter = m.voter AND t.place <> m.place
            $q$, place_of, shielded_place, departed, in_state, target);
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION sec.publish_import(wanted uuid, worker_name text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
-- 1 who and whether · 2 staging whole · 3 publication, its change, elections and places · 4 the difference, group by
-- group · 5 the gone · 6 movers' other rows · 7 the import is published. A state without partitions is filled beside.
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
    filled text;  -- the table that new rows of a group go into
    last_ordinal integer;
    beside boolean;
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
    beside := to_regclass(format('partitions.%I', 'voters_registration_' || lower(run.state))) IS NULL;
    PERFORM set_config('work_mem', '128MB', true);
    filled := CASE WHEN beside THEN sec.make_beside('voters_registration', run.state)
                   ELSE 'public.voters_registration' END;
    EXECUTE format($q$
        INSERT INTO %7$s (state, voter, place, shielded, publication, ordinal, %1$s)
        SELECT %3$L, d.voter, d.new_place, d.shielded, %4$s, o.ordinal, %2$s FROM %5$s AS d
        JOIN (SELECT n.voter, %6$s + row_number() OVER (ORDER BY n.new_place, n.voter) AS ordinal
              FROM %5$s AS n WHERE n.is_new) AS o ON o.voter = d.voter
        WHERE d.is_new %8$s
        $q$, sec.file_columns('voters_registration', ''), sec.file_columns('voters_registration', 'd.'),
        run.state, next_number, place_of, last_ordinal, filled, CASE WHEN NOT beside THEN 'ORDER BY d.voter' END);
    IF beside THEN PERFORM sec.attach_beside('voters_registration', run.state); END IF;
    FOREACH target IN ARRAY ARRAY['voters_demographics', 'voters_contactdetails', 'voters_votehistory'] LOOP
        filled := CASE WHEN beside THEN sec.make_beside(target, run.state) ELSE format('public.%I', target) END;
        EXECUTE format($q$
            INSERT INTO %5$s (state, voter, place, %1$s)
            SELECT %3$L, d.voter, d.new_place, %2$s FROM %4$s AS d
            WHERE d.is_new %6$s
            $q$, sec.file_columns(target, ''), sec.file_columns(target, 'd.'), run.state, place_of, filled,
            CASE WHEN NOT beside THEN 'ORDER BY d.voter' END);
        IF beside THEN PERFORM sec.attach_beside(target, run.state); END IF;
    END LOOP;

    IF NOT beside THEN
        PERFORM sec.publish_changes(run.state, next_number, place_of, departed, shielded_place);
    END IF;

    UPDATE public.imports_import AS i
    SET status = 'published', phase = 'published', publication = next_number,
        finished_at = clock_timestamp(), heartbeat_at = NULL, worker = ''
    WHERE i.id = wanted;
    RETURN next_number;
END $$;
RESET ROLE;
