-- Files that are still arriving are their state's owner's alone, like the deliveries they belong to.

SELECT sec.wall('files_upload');
GRANT SELECT, INSERT, DELETE ON files_upload TO coop_app;
GRANT UPDATE (received, touched_at, expires_at, file, problem) ON files_upload TO coop_app;
GRANT SELECT ON files_upload, jurisdictions_state TO coop_worker;

CREATE POLICY owner_reads ON files_upload FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{manage,import}'))::text[]));
CREATE POLICY owner_opens ON files_upload FOR INSERT TO coop_app
    WITH CHECK (received = 0 AND file IS NULL AND problem IS NULL
        AND state = ANY ((SELECT sec.owned_states('{import}'))::text[])
        AND EXISTS (SELECT FROM files_delivery AS d
                    WHERE d.id = delivery_id AND d.state = files_upload.state));
CREATE POLICY owner_sends ON files_upload FOR UPDATE TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{import}'))::text[]))
    WITH CHECK (state = ANY ((SELECT sec.owned_states('{import}'))::text[]));
CREATE POLICY owner_ends ON files_upload FOR DELETE TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{import}'))::text[]));
CREATE POLICY worker ON files_upload FOR SELECT TO coop_worker USING (true);

CREATE FUNCTION files_upload_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
-- What is on disk for certain never becomes less, and an upload ends once.
BEGIN
    IF new.received < old.received OR old.file IS NOT NULL OR old.problem IS NOT NULL THEN
        RAISE EXCEPTION 'an upload goes forward, and ends once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER files_upload_guard BEFORE UPDATE ON files_upload
    FOR EACH ROW EXECUTE FUNCTION files_upload_guard();

SET LOCAL ROLE coop_worker;
-- Uploads whose time is over, and those received whole whose last judgment nobody finished.
CREATE FUNCTION sec.uploads_due() RETURNS TABLE (organization uuid, id uuid, step text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.owner, u.id, CASE WHEN u.expires_at <= now() THEN 'expire' ELSE 'finish' END
    FROM public.files_upload AS u JOIN public.jurisdictions_state AS s ON s.code = u.state
    WHERE (SELECT sec.action()) = 'work' AND s.owner IS NOT NULL
      AND (u.expires_at <= now()
           OR (u.received = u.size AND u.file IS NULL AND u.problem IS NULL
               AND u.touched_at < now() - interval '30 seconds'))
    ORDER BY u.id LIMIT 1000
$$;
-- Whether bytes on disk still belong to an upload; whatever else lies there is left over.
CREATE FUNCTION sec.is_upload(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN (SELECT sec.action()) = 'work'
                THEN EXISTS (SELECT FROM public.files_upload AS u WHERE u.id = wanted) END
$$;
GRANT EXECUTE ON FUNCTION sec.uploads_due(), sec.is_upload(uuid) TO coop_app;
RESET ROLE;
