-- The registration costs as much as the three other tables of voters together, half of it in its indexes: its
-- rows stand beside first, and then both connections build its indexes, each in a transaction of its own.

-- As before; but the indexes of the registration are left to sec.index_beside.
CREATE OR REPLACE FUNCTION sec.finish_beside(target text, in_state text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET maintenance_work_mem = '256MB' SET default_statistics_target = 50 AS $$
DECLARE
    made text := format('partitions.%I', target || '_' || lower(in_state));
    wanted text;
BEGIN
    IF NOT target = ANY (sec.tables_filled_beside()) THEN
        RAISE EXCEPTION 'no such table' USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('REVOKE ALL ON %s FROM coop_publisher', made);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', made);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', made);
    IF target <> 'voters_registration' THEN
        FOR wanted IN SELECT sec.indexes_beside(target) LOOP
            PERFORM sec.make_index_beside(in_state, wanted);
        END LOOP;
    END IF;
    EXECUTE format('ANALYZE %s (%s)', made, sec.told_columns(made::regclass));
END $$;

-- The names of a table's indexes.
CREATE FUNCTION sec.indexes_beside(target text) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.relname::text FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE i.indrelid = format('public.%I', target)::regclass
    ORDER BY i.indexrelid
$$;
GRANT EXECUTE ON FUNCTION sec.indexes_beside(text) TO coop_loader;

-- Makes the index of a table that stands beside which one of its parent's will take for its own.
CREATE FUNCTION sec.make_index_beside(in_state text, of_parent text) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wanted record;
BEGIN
    SELECT t.relname AS target, i.indisunique, pg_get_indexdef(i.indexrelid) AS definition INTO wanted
    FROM pg_index AS i JOIN pg_class AS t ON t.oid = i.indrelid
    WHERE i.indexrelid = to_regclass(format('public.%I', of_parent)) AND t.relname = ANY (sec.tables_filled_beside());
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such index' USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('CREATE %s INDEX %I ON partitions.%I %s', CASE WHEN wanted.indisunique THEN 'UNIQUE' END,
                   of_parent || '_' || lower(in_state), wanted.target || '_' || lower(in_state),
                   substr(wanted.definition, strpos(wanted.definition, ' USING ')));
END $$;
REVOKE EXECUTE ON FUNCTION sec.make_index_beside(text, text) FROM PUBLIC;

-- The same as an import does it: of a table that is not attached yet.
CREATE FUNCTION sec.index_beside(in_state text, of_parent text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET maintenance_work_mem = '256MB' AS $$
BEGIN
    IF sec.action() IS DISTINCT FROM 'import' OR NOT in_state = ANY (sec.owned_states('{import}')) THEN
        RAISE EXCEPTION 'no such state' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF EXISTS (
        SELECT FROM pg_index AS i JOIN pg_class AS t ON t.oid = i.indrelid
        JOIN pg_class AS made ON made.oid = to_regclass(format('partitions.%I', t.relname || '_' || lower(in_state)))
        WHERE i.indexrelid = to_regclass(format('public.%I', of_parent)) AND made.relispartition)
    THEN
        RAISE EXCEPTION 'the table is attached' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM sec.make_index_beside(in_state, of_parent);
END $$;
GRANT EXECUTE ON FUNCTION sec.index_beside(text, text) TO coop_loader;

-- As before, and gives the table the keys that its unique indexes stand for: ATTACH looks for keys.
CREATE OR REPLACE FUNCTION sec.attach_beside(target text, in_state text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made text := format('partitions.%I', target || '_' || lower(in_state));
    wanted record;
BEGIN
    IF NOT target = ANY (sec.tables_filled_beside()) THEN
        RAISE EXCEPTION 'no such table' USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOR wanted IN
        SELECT k.conname || '_' || lower(in_state) AS name, CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END AS key
        FROM pg_constraint AS k WHERE k.conrelid = format('public.%I', target)::regclass AND k.contype IN ('p', 'u')
    LOOP
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s USING INDEX %I', made, wanted.name, wanted.key, wanted.name);
    END LOOP;
    EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION %s FOR VALUES IN (%L)', target, made, in_state);
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT only_its_state', made);
END $$;
