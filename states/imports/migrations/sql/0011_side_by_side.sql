-- A first publication's tables are filled side by side: each in a transaction and on a connection of its
-- own, indexes, checks and statistics with it, before the publishing transaction, which attaches them. A table
-- that stands beside is whole or is not there, and nobody but its owner can read it until it is attached.

-- As before; and takes away whole tables that a killed worker has left beside. True if none is left.
CREATE OR REPLACE FUNCTION sec.clear_way(in_state text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
    target text;
    partition regclass;
BEGIN
    PERFORM sec.drop_beside(in_state);
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

-- Takes away what stands beside and is not attached: left by a publication that did not come to its end.
CREATE FUNCTION sec.drop_beside(in_state text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target text;
    left_over regclass;
BEGIN
    IF sec.action() IS DISTINCT FROM 'import' OR NOT in_state = ANY (sec.owned_states('{import}')) THEN
        RAISE EXCEPTION 'no such state' USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOREACH target IN ARRAY sec.tables_filled_beside() LOOP
        SELECT c.oid::regclass INTO left_over FROM pg_class AS c
        WHERE c.oid = to_regclass(format('partitions.%I', target || '_' || lower(in_state))) AND NOT c.relispartition;
        CONTINUE WHEN left_over IS NULL;
        EXECUTE format('DROP TABLE %s', left_over);
    END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION sec.drop_beside(text) TO coop_loader;

-- Gives a filled table the walls, keys, indexes and statistics that its parent's partitions have. ATTACH
-- takes an index that is there for its own.
CREATE FUNCTION sec.finish_beside(target text, in_state text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET maintenance_work_mem = '256MB' AS $$
DECLARE
    made text := format('partitions.%I', target || '_' || lower(in_state));
    wanted record;
BEGIN
    IF NOT target = ANY (sec.tables_filled_beside()) THEN
        RAISE EXCEPTION 'no such table' USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('REVOKE ALL ON %s FROM coop_publisher', made);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', made);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', made);
    FOR wanted IN
        SELECT pg_get_constraintdef(k.oid) AS key, i.indisunique,
               substr(pg_get_indexdef(i.indexrelid), strpos(pg_get_indexdef(i.indexrelid), ' USING ')) AS index
        FROM pg_index AS i LEFT JOIN pg_constraint AS k ON k.conindid = i.indexrelid
        WHERE i.indrelid = format('public.%I', target)::regclass ORDER BY i.indexrelid
    LOOP
        IF wanted.key IS NOT NULL THEN
            EXECUTE format('ALTER TABLE %s ADD %s', made, wanted.key);
        ELSE
            EXECUTE format('CREATE %s INDEX ON %s %s', CASE WHEN wanted.indisunique THEN 'UNIQUE' END, made, wanted.index);
        END IF;
    END LOOP;
    EXECUTE format('ANALYZE %s (%s)', made, sec.told_columns(made::regclass));
END $$;

-- The columns that the planner is told of: all but arrays of texts and fingerprints, by which nothing is ever chosen.
CREATE FUNCTION sec.told_columns(of_table regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute AS a
    WHERE a.attrelid = of_table AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v'
      AND NOT a.atttypid = ANY (ARRAY['text[]', 'bytea']::regtype[])
$$;

CREATE OR REPLACE FUNCTION sec.attach_beside(target text, in_state text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made text := format('partitions.%I', target || '_' || lower(in_state));
BEGIN
    IF NOT target = ANY (sec.tables_filled_beside()) THEN
        RAISE EXCEPTION 'no such table' USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION %s FOR VALUES IN (%L)', target, made, in_state);
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT only_its_state', made);
END $$;
GRANT EXECUTE ON FUNCTION sec.finish_beside(text, text) TO coop_publisher;

SET LOCAL ROLE coop_publisher;

-- The import as far as it is this worker's to publish, its staging whole; otherwise an error.
CREATE FUNCTION sec.publishable(wanted uuid, worker_name text) RETURNS public.imports_import
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    run public.imports_import;
    counted bigint[];
BEGIN
    SELECT i.* INTO run FROM public.imports_import AS i WHERE i.id = wanted;
    IF NOT FOUND OR sec.action() IS DISTINCT FROM 'import'
        OR NOT run.state = ANY (sec.owned_states('{import}'))
    THEN
        RAISE EXCEPTION 'no such import' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF run.status <> 'publishing' OR run.compared_at IS NULL OR run.worker <> worker_name THEN
        RAISE EXCEPTION 'the import is not ready' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    -- Unlogged tables are emptied by a crash of the server: what was counted must be there.
    EXECUTE format('SELECT ARRAY[(SELECT count(*) FROM %s), (SELECT count(*) FROM %s)]',
                   sec.staged_table('difference_' || replace(wanted::text, '-', '')),
                   sec.staged_table('gone_' || replace(wanted::text, '-', '')))
        INTO counted;
    IF counted IS DISTINCT FROM ARRAY[(run.cursor->>'difference')::bigint, (run.cursor->>'gone')::bigint] THEN
        RAISE EXCEPTION 'staging is incomplete' USING ERRCODE = 'data_corrupted';
    END IF;
    RETURN run;
END $$;

-- The query of an import's difference with the place of each row.
CREATE FUNCTION sec.difference_with_places(run public.imports_import) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format($q$
        (SELECT d.*, CASE WHEN d.shielded IS NULL THEN p.place ELSE %1$s END AS new_place
         FROM %2$s AS d LEFT JOIN public.jurisdictions_place AS p
           ON p.state = %3$L AND p.place > 0 AND p.county IS NOT DISTINCT FROM d.county
          AND p.us_house_district = coalesce(d.us_house_district, '')
          AND p.state_senate_district = coalesce(d.state_senate_district, '')
          AND p.state_house_district = coalesce(d.state_house_district, ''))
        $q$, -s.fips, sec.staged_table('difference_' || replace((run).id::text, '-', '')), s.code)
    FROM public.jurisdictions_state AS s WHERE s.code = (run).state
$$;

-- Makes the places that an import's voters live in and that are not there yet; places have no voters by themselves.
CREATE FUNCTION sec.make_places(run public.imports_import) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
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
        $q$, run.state, sec.staged_table('difference_' || replace(run.id::text, '-', '')));
END $$;

-- What tables that stand beside share: the places. They are there a moment before their voters.
CREATE FUNCTION sec.begin_beside(wanted uuid, worker_name text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM sec.make_places(sec.publishable(wanted, worker_name));
END $$;

-- Makes one table of a first publication beside, whole: rows, keys, indexes, statistics. Returns its rows.
CREATE FUNCTION sec.fill_beside(wanted uuid, worker_name text, target text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    run public.imports_import := sec.publishable(wanted, worker_name);
    made text := sec.make_beside(target, run.state);
    placed text := sec.difference_with_places(run);
    filled bigint;
BEGIN
    PERFORM set_config('work_mem', '128MB', true);
    IF target = 'voters_registration' THEN
        -- Voters are numbered by place, and lie in that order: a license is of places.
        EXECUTE format($q$
            INSERT INTO %1$s (state, voter, place, shielded, publication, ordinal, %2$s)
            SELECT %3$L, d.voter, d.new_place, d.shielded, %4$s,
                   row_number() OVER (ORDER BY d.new_place, d.voter), %5$s FROM %6$s AS d
            $q$, made, sec.file_columns(target, ''), run.state, sec.next_publication(run.state),
            sec.file_columns(target, 'd.'), placed);
    ELSE
        -- In the order of the key: an index of what is sorted is made in half the time.
        EXECUTE format('INSERT INTO %s (state, voter, place, %s) SELECT %L, d.voter, d.new_place, %s'
                       ' FROM %s AS d ORDER BY d.voter',
                       made, sec.file_columns(target, ''), run.state, sec.file_columns(target, 'd.'), placed);
    END IF;
    GET DIAGNOSTICS filled = ROW_COUNT;
    IF filled <> (run.cursor->>'difference')::bigint THEN
        RAISE EXCEPTION 'staging is incomplete' USING ERRCODE = 'data_corrupted';
    END IF;
    PERFORM sec.finish_beside(target, run.state);
    RETURN filled;
END $$;
GRANT EXECUTE ON FUNCTION sec.begin_beside(uuid, text), sec.fill_beside(uuid, text, text) TO coop_loader;

-- Whether all of a first publication's tables stand beside, whole and not attached.
CREATE FUNCTION sec.stands_beside(in_state text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*) = cardinality(sec.tables_filled_beside())
    FROM unnest(sec.tables_filled_beside()) AS t(name)
    JOIN pg_class AS c ON c.oid = to_regclass(format('partitions.%I', t.name || '_' || lower(in_state)))
    WHERE NOT c.relispartition
$$;

CREATE FUNCTION sec.next_publication(in_state text) RETURNS integer
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(max(p.number), 0) + 1 FROM public.voters_publication AS p WHERE p.state = in_state
$$;

-- Inserts the new voters of an import into the tables that are there, numbered by place after those who are.
CREATE FUNCTION sec.insert_new(run public.imports_import, number integer, placed text) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target text;
    last_ordinal integer := coalesce((SELECT max(r.ordinal) FROM public.voters_registration AS r
                                      WHERE r.state = run.state), 0);
BEGIN
    EXECUTE format($q$
        INSERT INTO public.voters_registration (state, voter, place, shielded, publication, ordinal, %1$s)
        SELECT %3$L, n.voter, n.new_place, n.shielded, %4$s, n.ordinal, %2$s
        FROM (SELECT d.*, %6$s + row_number() OVER (ORDER BY d.new_place, d.voter) AS ordinal
              FROM %5$s AS d WHERE d.is_new) AS n
        $q$, sec.file_columns('voters_registration', ''), sec.file_columns('voters_registration', 'n.'),
        run.state, number, placed, last_ordinal);
    FOREACH target IN ARRAY ARRAY['voters_demographics', 'voters_contactdetails', 'voters_votehistory'] LOOP
        EXECUTE format('INSERT INTO public.%I (state, voter, place, %s) SELECT %L, d.voter, d.new_place, %s'
                       ' FROM %s AS d WHERE d.is_new ORDER BY d.voter',
                       target, sec.file_columns(target, ''), run.state, sec.file_columns(target, 'd.'), placed);
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION sec.publish_import(wanted uuid, worker_name text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
-- 1 who and whether, staging whole · 2 publication, its change, elections and places · 3 the new: attached, where they
-- stand beside, else inserted group by group · 4 the changed, the gone, movers' other rows · 5 the import is published.
DECLARE
    run public.imports_import;
    delivery public.files_delivery;
    placed text;
    next_number integer;
    target text;
BEGIN
    PERFORM FROM public.imports_import AS i WHERE i.id = wanted FOR UPDATE;
    run := sec.publishable(wanted, worker_name);
    PERFORM pg_advisory_xact_lock(1, hashtext(run.state));
    SELECT d.* INTO delivery FROM public.files_delivery AS d WHERE d.id = run.delivery_id;
    next_number := sec.next_publication(run.state);
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

    IF sec.stands_beside(run.state) THEN
        FOREACH target IN ARRAY sec.tables_filled_beside() LOOP
            PERFORM sec.attach_beside(target, run.state);
        END LOOP;
        IF next_number IS DISTINCT FROM coalesce(
            (SELECT r.publication FROM public.voters_registration AS r WHERE r.state = run.state LIMIT 1), next_number)
        THEN
            RAISE EXCEPTION 'what stands beside is of another publication' USING ERRCODE = 'data_corrupted';
        END IF;
    ELSE
        PERFORM set_config('work_mem', '128MB', true);
        PERFORM sec.make_places(run);
        placed := sec.difference_with_places(run);
        PERFORM sec.insert_new(run, next_number, placed);
        PERFORM sec.publish_changes(
            run.state, next_number, placed, sec.staged_table('gone_' || replace(wanted::text, '-', '')),
            (SELECT -s.fips FROM public.jurisdictions_state AS s WHERE s.code = run.state));
    END IF;

    UPDATE public.imports_import AS i
    SET status = 'published', phase = 'published', publication = next_number,
        finished_at = clock_timestamp(), heartbeat_at = NULL, worker = ''
    WHERE i.id = wanted;
    RETURN next_number;
END $$;
RESET ROLE;
