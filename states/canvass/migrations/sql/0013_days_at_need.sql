-- The day's partitions of the inbox are made by whoever writes first where beat has not made them:
-- a push must not fail because a timer was away for a week.

CREATE FUNCTION sec.open_inbox_day() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    today date := (now() AT TIME ZONE 'UTC')::date;
    missing text[];
BEGIN
    -- What this session has seen once stays true: a day is dropped weeks after it is over.
    IF current_setting('coop.inbox_day', true) = today::text THEN RETURN NULL; END IF;
    FOR tries IN 1..2 LOOP
        SELECT array_agg(c.relname::text ORDER BY c.relname) INTO missing
        FROM pg_inherits AS h JOIN pg_class AS c ON c.oid = h.inhrelid
        WHERE h.inhparent = 'public.canvass_inbox'::regclass
          AND to_regclass(format('partitions.%I', c.relname || '_d' || to_char(today, 'YYYYMMDD'))) IS NULL;
        EXIT WHEN missing IS NULL;
        -- One makes them; the others wait for it, and look again.
        IF tries = 1 THEN
            PERFORM pg_advisory_xact_lock(hashtextextended('inbox days', 0));
        ELSE
            PERFORM sec.add_day(m.partition, today) FROM unnest(missing) AS m(partition);
        END IF;
    END LOOP;
    PERFORM set_config('coop.inbox_day', today::text, false);
    RETURN NULL;
END $$;

CREATE TRIGGER canvass_inbox_open_day BEFORE INSERT ON canvass_inbox
    FOR EACH STATEMENT EXECUTE FUNCTION sec.open_inbox_day();
