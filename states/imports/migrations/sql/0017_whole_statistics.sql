-- How many rows a join gives is estimated by statistics of the table as a whole, which the server never takes of a partitioned
-- one by itself: without any it expects two hundred different voters, and reads whole tables for a few. Ten values a column
-- will do for that; what a partition holds is told by its own.
CREATE FUNCTION sec.analyze_wholes() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET default_statistics_target = 10 AS $$
DECLARE
    target text;
BEGIN
    FOR target IN SELECT t.name FROM sec.state_table AS t WHERE t.field_group IS NOT NULL ORDER BY t.name LOOP
        -- Another state's publication holds the table while it attaches its own: its statistics come after it.
        EXECUTE format('ANALYZE (SKIP_LOCKED) ONLY public.%I (%s)',
                       target, sec.told_columns(format('public.%I', target)::regclass));
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION sec.analyze_wholes() FROM PUBLIC;
SELECT sec.analyze_wholes();

-- The same as an import does it, after its publication.
CREATE FUNCTION sec.analyze_joins() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF sec.action() IS DISTINCT FROM 'import' OR coalesce(cardinality(sec.owned_states('{import}')), 0) = 0 THEN
        RAISE EXCEPTION 'no such state' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM sec.analyze_wholes();
END $$;
REVOKE EXECUTE ON FUNCTION sec.analyze_joins() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sec.analyze_joins() TO coop_loader;
