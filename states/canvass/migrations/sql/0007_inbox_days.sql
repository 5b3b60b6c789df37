-- The inbox in partitions by day, dropped when they are old; and how much waits in it, counted as it changes.

-- A row's number begins with its day (UTC, in days since 1970, above bit 40): the numbers go on
-- ascending, and a statement that knows a number looks into one partition alone.
CREATE SEQUENCE canvass_inbox_number AS bigint MAXVALUE 1099511627775 CYCLE;
GRANT USAGE ON SEQUENCE canvass_inbox_number TO coop_app, coop_worker;
GRANT SELECT ON SEQUENCE canvass_inbox_number TO coop_worker;

CREATE FUNCTION sec.first_seq(of_day date) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (of_day - DATE '1970-01-01')::bigint << 40
$$;
GRANT EXECUTE ON FUNCTION sec.first_seq(date) TO coop_worker;

SET LOCAL ROLE coop_policy;
GRANT EXECUTE ON FUNCTION sec.action() TO coop_owner;
RESET ROLE;

-- What lies in the inbox now is taken along; this once the owner may see it.
ALTER TABLE canvass_inbox NO FORCE ROW LEVEL SECURITY;
CREATE TABLE canvass_inbox_kept AS SELECT * FROM canvass_inbox;
DROP POLICY worker_applies ON canvass_contact;
-- squawk-ignore ban-drop-table
DROP TABLE canvass_inbox;
-- squawk-ignore ban-drop-sequence
DROP SEQUENCE canvass_inbox_seq;
DELETE FROM sec.state_table WHERE name = 'canvass_inbox';

CREATE TABLE canvass_inbox (
    state text NOT NULL,
    seq bigint NOT NULL DEFAULT (
        ((now() AT TIME ZONE 'UTC')::date - DATE '1970-01-01')::bigint << 40 | nextval('canvass_inbox_number')),
    contact uuid NOT NULL,
    voter uuid NOT NULL,
    place integer NOT NULL,
    organization uuid NOT NULL,
    principal uuid NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    receipt uuid NOT NULL,
    pooled boolean NOT NULL,
    event_time timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    body jsonb NOT NULL,
    status text NOT NULL DEFAULT 'queued',
    error text,
    attempts smallint NOT NULL DEFAULT 0,
    done_at timestamptz,
    kind text NOT NULL DEFAULT 'contact',
    amends uuid,
    CONSTRAINT canvass_inbox_pkey PRIMARY KEY (state, seq),
    CONSTRAINT canvass_inbox_status_is_known CHECK (status IN ('queued', 'applied', 'set_aside')),
    CONSTRAINT canvass_inbox_set_aside_says_why CHECK ((status = 'set_aside') <= (error IS NOT NULL)),
    CONSTRAINT canvass_inbox_kind_is_known CHECK (kind IN ('contact', 'correction', 'retraction')),
    CONSTRAINT canvass_inbox_amendment_names_its_contact CHECK ((kind = 'contact') = (amends IS NULL))
) PARTITION BY LIST (state);
COMMENT ON COLUMN canvass_inbox.seq IS 'Ascending; its upper bits are the day, which a day''s partition is bounded by.';
COMMENT ON COLUMN canvass_inbox.place IS 'Where the voter was when authority was judged; follows the voter.';
COMMENT ON COLUMN canvass_inbox.pooled IS 'Whether the grants of that moment let it enter the state party''s pool at once.';
-- A contact's id is random, and the history's key holds it to once.
CREATE INDEX canvass_inbox_contact ON canvass_inbox (state, contact);
CREATE INDEX canvass_inbox_queued ON canvass_inbox (state, organization, seq) WHERE status = 'queued';
CREATE INDEX canvass_inbox_set_aside ON canvass_inbox (state, organization, seq) WHERE status = 'set_aside';
CREATE INDEX canvass_inbox_receipt ON canvass_inbox (state, organization, receipt);
CREATE INDEX canvass_inbox_amends ON canvass_inbox (state, amends) WHERE amends IS NOT NULL;

-- Partitions of a state's table: one for the state, and within it one for each day where the
-- table is kept by days. All shut everyone out by themselves.
ALTER TABLE sec.state_table ADD COLUMN by_day boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN sec.state_table.by_day IS 'Whether a state''s partition has one for each day within, by ranges of seq.';

CREATE FUNCTION sec.shut(partition text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    EXECUTE format('ALTER TABLE partitions.%I ENABLE ROW LEVEL SECURITY', partition);
    EXECUTE format('ALTER TABLE partitions.%I FORCE ROW LEVEL SECURITY', partition);
END $$;

-- Made beside and then attached: that waits for no reader and keeps none waiting.
CREATE FUNCTION sec.add_day(partition text, of_day date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    leaf text := partition || '_d' || to_char(of_day, 'YYYYMMDD');
BEGIN
    IF to_regclass(format('partitions.%I', leaf)) IS NOT NULL THEN RETURN; END IF;
    EXECUTE format('CREATE TABLE partitions.%I (LIKE partitions.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                   leaf, partition);
    PERFORM sec.shut(leaf);
    EXECUTE format('ALTER TABLE partitions.%I ATTACH PARTITION partitions.%I FOR VALUES FROM (%s) TO (%s)',
                   partition, leaf, sec.first_seq(of_day), sec.first_seq(of_day + 1));
END $$;

CREATE FUNCTION sec.add_days(partition text, ahead integer) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT sec.add_day(partition, (now() AT TIME ZONE 'UTC')::date + d) FROM generate_series(0, ahead) AS d
$$;

CREATE OR REPLACE FUNCTION sec.add_partition(target text, state text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
-- The partition lies in a schema the application cannot use, and shuts everyone out by itself.
DECLARE
    partition text := target || '_' || lower(state);
    kept_by_day boolean := (SELECT t.by_day FROM sec.state_table AS t WHERE t.name = target);
BEGIN
    IF to_regclass(format('partitions.%I', partition)) IS NOT NULL THEN RETURN; END IF;
    EXECUTE format('CREATE TABLE partitions.%I PARTITION OF public.%I FOR VALUES IN (%L) %s', partition, target,
                   state, CASE WHEN kept_by_day THEN 'PARTITION BY RANGE (seq)' ELSE '' END);
    PERFORM sec.shut(partition);
    IF kept_by_day THEN PERFORM sec.add_days(partition, 7); END IF;
END $$;

INSERT INTO sec.state_table (name, by_day) VALUES ('canvass_inbox', true);
SELECT sec.wall('canvass_inbox');
SELECT sec.add_partition('canvass_inbox', code) FROM jurisdictions_state WHERE owner IS NOT NULL;

ALTER TABLE canvass_inbox NO FORCE ROW LEVEL SECURITY;
SELECT sec.add_day('canvass_inbox_' || lower(k.state), k.day)
FROM (SELECT DISTINCT state, (received_at AT TIME ZONE 'UTC')::date AS day FROM canvass_inbox_kept) AS k;
INSERT INTO canvass_inbox (state, seq, contact, voter, place, organization, principal, source, event_id, receipt,
    pooled, event_time, received_at, body, status, error, attempts, done_at, kind, amends)
SELECT state, sec.first_seq((received_at AT TIME ZONE 'UTC')::date) | seq, contact, voter, place, organization,
    principal, source, event_id, receipt, pooled, event_time, received_at, body, status, error, attempts,
    done_at, kind, amends FROM canvass_inbox_kept;
SELECT setval('canvass_inbox_number', max(seq)) FROM canvass_inbox_kept HAVING max(seq) IS NOT NULL;
ALTER TABLE canvass_inbox FORCE ROW LEVEL SECURITY;

GRANT SELECT, INSERT, UPDATE (status, error, attempts, done_at) ON canvass_inbox TO coop_app;
GRANT SELECT, UPDATE (attempts, seq) ON canvass_inbox TO coop_worker;
CREATE POLICY claims ON canvass_inbox FOR SELECT TO coop_worker USING (true);
CREATE POLICY holds ON canvass_inbox FOR UPDATE TO coop_worker USING (true) WITH CHECK (true);
SELECT sec.follow_voters('canvass_inbox');

-- As before: authority is judged here, when the row is written, and nowhere after.
CREATE POLICY contributes ON canvass_inbox FOR INSERT TO coop_app
    WITH CHECK ((SELECT sec.action()) = 'contribute'
        AND organization = (SELECT sec.organization())
        AND principal = (SELECT sec.principal())
        AND status = 'queued'
        AND ((place > 0 AND state = ANY ((SELECT sec.whole_states('contacts', '{contribute}'))::text[]))
            OR place = ANY ((SELECT sec.places('contacts', '{contribute}'))::integer[])
            OR (place > 0 AND state = ANY ((SELECT sec.owned_states('{contribute}'))::text[])))
        AND pooled = NOT (state = ANY ((SELECT sec.held_states())::text[])
            OR place = ANY ((SELECT sec.held_places())::integer[])));
CREATE POLICY contributes_late ON canvass_inbox FOR INSERT TO coop_app
    WITH CHECK ((SELECT sec.action()) = 'contribute'
        AND organization = (SELECT sec.organization())
        AND principal = (SELECT sec.principal())
        AND status = 'queued' AND kind = 'contact'
        AND NOT (pooled AND (state = ANY ((SELECT sec.held_states())::text[])
                             OR place = ANY ((SELECT sec.held_places())::integer[])))
        AND sec.late_pool(state, place, event_time) = CASE WHEN pooled THEN 'at_once' ELSE 'held' END);
CREATE POLICY own ON canvass_inbox FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization())
        AND (place > 0 OR (SELECT sec.action()) = 'apply' OR state = ANY ((SELECT sec.owned_states())::text[])));
CREATE POLICY worker_applies ON canvass_inbox FOR UPDATE TO coop_app
    USING ((SELECT sec.action()) = 'apply' AND organization = (SELECT sec.organization()))
    WITH CHECK ((SELECT sec.action()) = 'apply' AND organization = (SELECT sec.organization()));
CREATE POLICY own_replays ON canvass_inbox FOR UPDATE TO coop_app
    USING ((SELECT sec.action()) = 'manage' AND organization = (SELECT sec.organization()) AND status = 'set_aside')
    WITH CHECK ((SELECT sec.action()) = 'manage' AND organization = (SELECT sec.organization()) AND status = 'queued');
CREATE POLICY worker_applies ON canvass_contact FOR INSERT TO coop_app
    WITH CHECK ((SELECT sec.action()) = 'apply' AND organization = (SELECT sec.organization())
        AND retracted_at IS NULL AND version IS NULL
        AND EXISTS (SELECT FROM canvass_inbox AS i
                    WHERE i.state = canvass_contact.state AND i.contact = canvass_contact.contact
                      AND i.voter = canvass_contact.voter AND i.pooled = canvass_contact.pooled
                      AND i.organization = canvass_contact.organization AND i.seq = canvass_contact.seq
                      AND i.kind = 'contact' AND i.status = 'queued'));

-- How much waits ---------------------------------------------------------------------------------

-- Kept in step by the triggers below, in a few slots so that those who push for one
-- organization at once do not wait for each other. A slot may be below zero; their sum is true.
CREATE TABLE canvass_queue (
    state text NOT NULL,
    organization uuid NOT NULL,
    slot smallint NOT NULL,
    waiting bigint NOT NULL,
    CONSTRAINT canvass_queue_pkey PRIMARY KEY (state, organization, slot)
) WITH (fillfactor = 40);
COMMENT ON TABLE canvass_queue IS 'How many rows of the inbox are queued, by state and organization; for the drain and the bounds alone.';
INSERT INTO canvass_queue SELECT state, organization, 0, count(*) FROM canvass_inbox_kept
WHERE status = 'queued' GROUP BY state, organization;
SELECT sec.wall('canvass_queue');
GRANT SELECT, INSERT, UPDATE ON canvass_queue TO coop_worker;
CREATE POLICY counts ON canvass_queue TO coop_worker USING (true) WITH CHECK (true);
-- squawk-ignore ban-drop-table
DROP TABLE canvass_inbox_kept;

SET LOCAL ROLE coop_worker;

CREATE FUNCTION sec.count_queued() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.canvass_queue AS q (state, organization, slot, waiting)
    SELECT n.state, n.organization, pg_backend_pid() % 8, count(*) FROM new_rows AS n
    WHERE n.status = 'queued' GROUP BY n.state, n.organization ORDER BY n.state, n.organization
    ON CONFLICT (state, organization, slot) DO UPDATE SET waiting = q.waiting + excluded.waiting;
    RETURN NULL;
END $$;

CREATE FUNCTION sec.count_done() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.canvass_queue AS q (state, organization, slot, waiting)
    SELECT c.state, c.organization, pg_backend_pid() % 8, sum(c.step) FROM (
        SELECT n.state, n.organization, 1 AS step FROM new_rows AS n WHERE n.status = 'queued'
        UNION ALL
        SELECT o.state, o.organization, -1 FROM old_rows AS o WHERE o.status = 'queued') AS c
    GROUP BY c.state, c.organization HAVING sum(c.step) <> 0 ORDER BY c.state, c.organization
    ON CONFLICT (state, organization, slot) DO UPDATE SET waiting = q.waiting + excluded.waiting;
    RETURN NULL;
END $$;
GRANT EXECUTE ON FUNCTION sec.count_queued(), sec.count_done() TO coop_owner;

-- Whose contacts wait, the shortest queue first. Whoever asks serves them in turn.
CREATE OR REPLACE FUNCTION sec.claim_inbox(at_most integer)
RETURNS TABLE (state text, organization uuid, waiting bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT q.state, q.organization, sum(q.waiting)::bigint FROM public.canvass_queue AS q
    WHERE (SELECT sec.action()) = 'work'
    GROUP BY q.state, q.organization HAVING sum(q.waiting) > 0
    ORDER BY sum(q.waiting), random() LIMIT at_most
$$;

-- How much of the acting organization's own waits, and whether the whole inbox holds as much as
-- it may: of others' work no more than that.
CREATE FUNCTION sec.inbox_level(whole_most bigint) RETURNS TABLE (own bigint, crowded boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(sum(q.waiting) FILTER (WHERE q.organization = actor.id), 0)::bigint,
           coalesce(sum(q.waiting), 0) >= whole_most
    FROM (SELECT sec.organization() AS id OFFSET 0) AS actor LEFT JOIN public.canvass_queue AS q ON true
    WHERE actor.id IS NOT NULL
$$;

-- Gives what an old day still holds a place in today's partition; returns how many rows.
CREATE FUNCTION sec.carry_inbox(in_state text, of_day date) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    carried bigint;
BEGIN
    UPDATE public.canvass_inbox AS i
    SET seq = sec.first_seq((now() AT TIME ZONE 'UTC')::date) | nextval('public.canvass_inbox_number')
    WHERE i.state = in_state AND i.seq >= sec.first_seq(of_day) AND i.seq < sec.first_seq(of_day + 1)
      AND i.status <> 'applied';
    GET DIAGNOSTICS carried = ROW_COUNT;
    RETURN carried;
END $$;
-- As before, without counting rows: rows that wait, the seconds that the oldest has waited (0 if
-- none), rows set aside, and the seconds from receipt to applied: the mean and the worst of the
-- newest thousand of all.
CREATE OR REPLACE FUNCTION sec.inbox_gauges()
RETURNS TABLE (queued bigint, oldest_seconds double precision, set_aside bigint,
               mean_lag double precision, worst_lag double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT (SELECT coalesce(sum(q.waiting), 0)::bigint FROM public.canvass_queue AS q),
           coalesce((SELECT extract(epoch FROM clock_timestamp() - min(first.received_at))
                     FROM (SELECT w.state, w.organization FROM public.canvass_queue AS w
                           GROUP BY w.state, w.organization HAVING sum(w.waiting) > 0) AS q
                     CROSS JOIN LATERAL (
                         SELECT i.received_at FROM public.canvass_inbox AS i
                         WHERE i.state = q.state AND i.organization = q.organization AND i.status = 'queued'
                         ORDER BY i.seq LIMIT 1) AS first), 0)::double precision,
           (SELECT count(*) FROM public.canvass_inbox AS i WHERE i.status = 'set_aside'),
           coalesce(avg(newest.lag), 0)::double precision, coalesce(max(newest.lag), 0)::double precision
    FROM public.jurisdictions_state AS s
    CROSS JOIN LATERAL (
        SELECT extract(epoch FROM i.done_at - i.received_at) AS lag FROM public.canvass_inbox AS i
        WHERE i.state = s.code AND i.status = 'applied' AND i.done_at > clock_timestamp() - interval '5 minutes'
          AND i.seq > (SELECT sec.first_seq((now() AT TIME ZONE 'UTC')::date) + n.last_value - 1000
                       FROM public.canvass_inbox_number AS n)) AS newest
    WHERE (SELECT sec.action()) = 'operate' AND s.owner IS NOT NULL
    HAVING (SELECT sec.action()) = 'operate'
$$;

GRANT EXECUTE ON FUNCTION sec.carry_inbox(text, date) TO coop_owner;
GRANT EXECUTE ON FUNCTION sec.inbox_level(bigint) TO coop_app;
RESET ROLE;

CREATE TRIGGER canvass_inbox_count_queued AFTER INSERT ON canvass_inbox
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION sec.count_queued();
CREATE TRIGGER canvass_inbox_count_done AFTER UPDATE ON canvass_inbox
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION sec.count_done();

-- Makes the partitions of the days ahead and drops those of days longer ago than `keep`, once
-- what is not applied has been carried over. A partition in use is left for the next time.
CREATE FUNCTION sec.keep_inbox_days(keep integer, ahead integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
    today date := (now() AT TIME ZONE 'UTC')::date;
    opened text;
    leaf text;
    dropped integer := 0;
BEGIN
    IF sec.action() IS DISTINCT FROM 'work' OR keep < 1 OR ahead NOT BETWEEN 1 AND 60 THEN
        RAISE EXCEPTION 'days are kept by a worker' USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOR opened IN SELECT c.relname FROM pg_inherits AS h JOIN pg_class AS c ON c.oid = h.inhrelid
                  WHERE h.inhparent = 'public.canvass_inbox'::regclass ORDER BY c.relname LOOP
        BEGIN
            PERFORM sec.add_days(opened, ahead);
        EXCEPTION WHEN lock_not_available OR duplicate_table THEN NULL;
        END;
        FOR leaf IN SELECT c.relname FROM pg_inherits AS h JOIN pg_class AS c ON c.oid = h.inhrelid
                    WHERE h.inhparent = format('partitions.%I', opened)::regclass
                      AND to_date(right(c.relname, 8), 'YYYYMMDD') < today - keep LOOP
            BEGIN
                EXECUTE format('LOCK TABLE partitions.%I IN ACCESS EXCLUSIVE MODE', leaf);
                PERFORM sec.carry_inbox(upper(right(opened, 2)), to_date(right(leaf, 8), 'YYYYMMDD'));
                EXECUTE format('DROP TABLE partitions.%I', leaf);
                dropped := dropped + 1;
            EXCEPTION WHEN lock_not_available THEN NULL;
            END;
        END LOOP;
    END LOOP;
    RETURN dropped;
END $$;
GRANT EXECUTE ON FUNCTION sec.keep_inbox_days(integer, integer) TO coop_app;
