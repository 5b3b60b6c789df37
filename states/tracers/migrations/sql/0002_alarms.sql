-- Tracers that are contacted, and files that are traced: both told to the state's owner alone.

-- By what a tracer can be met again: keyed hashes of its ids, mailbox, phone, and name at its address. Written with the account of
-- what was woven, by the licensee's scope, which cannot read them back.
CREATE TABLE tracers_mark (
    state text NOT NULL,
    export uuid NOT NULL,
    download integer NOT NULL,
    mark bytea NOT NULL,
    organization uuid NOT NULL,
    tracer uuid NOT NULL,
    way text NOT NULL,
    CONSTRAINT tracers_mark_pkey PRIMARY KEY (state, export, download, mark, tracer)
) PARTITION BY LIST (state);
CREATE INDEX tracers_mark_by_mark ON tracers_mark (state, mark);
COMMENT ON COLUMN tracers_mark.mark IS 'HMAC under the application''s key: tells nothing without it.';

-- Hashes of what was said of people whom nobody was found for. A worker of the owner's holds them against the marks within moments,
-- and forgets them; whoever said it is told the same, in the same time, whatever comes of it.
CREATE TABLE tracers_lead (
    state text NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    organization uuid NOT NULL,
    source text NOT NULL,
    marks bytea[] NOT NULL,
    said_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT tracers_lead_pkey PRIMARY KEY (state, id)
) PARTITION BY LIST (state);

CREATE TABLE tracers_alarm (
    state text NOT NULL,
    id uuid NOT NULL,
    tracer uuid,
    organization uuid NOT NULL,
    source text NOT NULL,
    way text NOT NULL,
    exports uuid[] NOT NULL,
    licensees uuid[] NOT NULL,
    said_at timestamptz NOT NULL,
    noticed_at timestamptz NOT NULL,
    CONSTRAINT tracers_alarm_pkey PRIMARY KEY (state, id)
) PARTITION BY LIST (state);
COMMENT ON COLUMN tracers_alarm.organization IS 'Who contacted the tracer, by which source.';
COMMENT ON COLUMN tracers_alarm.tracer IS 'NULL where a phone alone was told, which several tracers share.';

CREATE TABLE tracers_trace (
    state text NOT NULL,
    id uuid NOT NULL,
    status text NOT NULL,
    size bigint NOT NULL,
    asked_by uuid NOT NULL,
    asked_at timestamptz NOT NULL,
    worker text NOT NULL DEFAULT '',
    heartbeat_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    finished_at timestamptz,
    problem text NOT NULL DEFAULT '',
    rows_read bigint NOT NULL DEFAULT 0,
    found jsonb,
    CONSTRAINT tracers_trace_pkey PRIMARY KEY (state, id),
    CONSTRAINT tracers_trace_status CHECK (status IN ('queued', 'tracing', 'done', 'failed'))
) PARTITION BY LIST (state);

SELECT sec.wall_state_table('tracers_mark');
SELECT sec.wall_state_table('tracers_lead');
SELECT sec.wall_state_table('tracers_alarm');
SELECT sec.wall_state_table('tracers_trace');

GRANT SELECT, INSERT ON tracers_mark TO coop_app;
CREATE POLICY owner_reads ON tracers_mark FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{manage}'))::text[]));
CREATE POLICY own_woven ON tracers_mark FOR INSERT TO coop_app
    WITH CHECK (organization = (SELECT sec.organization())
        AND export = ANY ((SELECT sec.streaming_exports())::uuid[])
        AND state = ANY ((SELECT sec.exportable_states())::text[]));

GRANT SELECT, DELETE ON tracers_lead TO coop_app;
CREATE POLICY owner_follows ON tracers_lead TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{manage}'))::text[]));
GRANT SELECT, INSERT ON tracers_lead TO coop_worker;
CREATE POLICY notes ON tracers_lead TO coop_worker USING (true) WITH CHECK (true);

GRANT SELECT, INSERT ON tracers_alarm TO coop_app;
CREATE POLICY owner_reads ON tracers_alarm FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{manage}'))::text[]));
CREATE POLICY owner_notes ON tracers_alarm FOR INSERT TO coop_app
    WITH CHECK (state = ANY ((SELECT sec.owned_states('{manage}'))::text[]));

GRANT SELECT, INSERT, UPDATE (status, heartbeat_at, finished_at, problem, rows_read, found) ON tracers_trace TO coop_app;
CREATE POLICY owner_reads ON tracers_trace FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{manage}'))::text[]));
CREATE POLICY owner_asks ON tracers_trace FOR INSERT TO coop_app
    WITH CHECK (state = ANY ((SELECT sec.owned_states('{manage}'))::text[]));
CREATE POLICY owner_traces ON tracers_trace FOR UPDATE TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{manage}'))::text[]))
    WITH CHECK (state = ANY ((SELECT sec.owned_states('{manage}'))::text[]));
GRANT SELECT, UPDATE (status, worker, heartbeat_at, attempts) ON tracers_trace TO coop_worker;
CREATE POLICY claims ON tracers_trace TO coop_worker USING (true) WITH CHECK (true);

GRANT SELECT ON tracers_setup TO coop_worker;
CREATE POLICY notes_leads ON tracers_setup FOR SELECT TO coop_worker USING (true);

SET LOCAL ROLE coop_worker;
-- Notes what the acting organization said of people whom nobody was found for, in states whose exports hold
-- tracers or held some. Nothing comes back. Of one organization so many wait at most: beyond, the newest are not noted.
CREATE FUNCTION sec.note_leads(in_state text, from_source text, leads jsonb) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.tracers_lead (state, organization, source, marks)
    SELECT in_state, sec.organization(), from_source,
           ARRAY(SELECT decode(m.mark, 'hex') FROM jsonb_array_elements_text(l.marks) AS m (mark))
    FROM jsonb_array_elements(leads) AS l (marks)
    WHERE (SELECT sec.action()) = 'contribute' AND (SELECT sec.organization()) IS NOT NULL
      AND EXISTS (SELECT FROM public.tracers_setup AS t WHERE t.state = in_state)
      AND (SELECT count(*) FROM public.tracers_lead AS w
           WHERE w.state = in_state AND w.organization = sec.organization()) < 20000
$$;

-- The owners of the states in which something was said that nobody has followed yet.
CREATE FUNCTION sec.leads_waiting() RETURNS TABLE (state text, owner uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.code, s.owner FROM public.jurisdictions_state AS s
    WHERE (SELECT sec.action()) = 'work' AND s.owner IS NOT NULL
      AND EXISTS (SELECT FROM public.tracers_lead AS w WHERE w.state = s.code)
$$;

-- Gives a file that waits to be traced to a worker; one whose worker has been silent for two minutes, too.
CREATE FUNCTION sec.claim_trace(worker_name text)
RETURNS TABLE (state text, trace uuid, owner uuid, attempts integer)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.tracers_trace AS t
    SET status = 'tracing', worker = worker_name, heartbeat_at = clock_timestamp(), attempts = t.attempts + 1
    FROM public.jurisdictions_state AS s
    WHERE (SELECT sec.action()) = 'work' AND s.code = t.state AND (t.state, t.id) = (
        SELECT w.state, w.id FROM public.tracers_trace AS w
        WHERE w.status = 'queued'
           OR w.status = 'tracing' AND w.heartbeat_at < clock_timestamp() - interval '2 minutes'
        ORDER BY w.asked_at, w.id LIMIT 1)
    RETURNING t.state, t.id, s.owner, t.attempts
$$;
GRANT EXECUTE ON FUNCTION sec.note_leads(text, text, jsonb), sec.leads_waiting(), sec.claim_trace(text) TO coop_app;
RESET ROLE;
