-- Append-only: the application may insert what its own actor did, and read what concerns it.

SELECT sec.wall('ledger_entry');
GRANT SELECT, INSERT ON ledger_entry TO coop_app;
GRANT INSERT ON ledger_entry TO coop_loader, coop_worker;

CREATE POLICY actor_writes ON ledger_entry FOR INSERT TO coop_app, coop_loader
    WITH CHECK (organization = (SELECT sec.organization()));
CREATE POLICY worker_writes ON ledger_entry FOR INSERT TO coop_worker WITH CHECK (true);

-- Who acted reads its own; the state's owner reads every use of its file.
CREATE POLICY own_and_owned ON ledger_entry FOR SELECT TO coop_app
    USING ((organization = (SELECT sec.organization())
            AND organization <> '00000000-0000-0000-0000-000000000000')
        OR state = ANY ((SELECT sec.owned_states())::text[]));

CREATE FUNCTION ledger_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER ledger_never_changes BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_never_changes();
CREATE TRIGGER ledger_never_emptied BEFORE TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_never_changes();

SET LOCAL ROLE coop_worker;
-- Acts before an actor is known: a log-in that failed, a key that does not fit.
CREATE FUNCTION sec.record_stranger(event text, code text, request_id text, subject text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.ledger_entry
        (id, at, event, outcome, state, organization, principal, principal_kind, source,
         request_id, subject, grants, purpose, groups, fields, rows, code, detail)
    VALUES (gen_random_uuid(), now(), record_stranger.event, 'refused', NULL,
            '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000',
            'stranger', '', record_stranger.request_id, record_stranger.subject, '{}', '', '{}',
            '{}', NULL, record_stranger.code, '{}')
$$;
GRANT EXECUTE ON FUNCTION sec.record_stranger(text, text, text, text) TO coop_app;
RESET ROLE;
