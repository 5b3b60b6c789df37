-- A drain does not wait for a publication, which may take a while: it passes the state over,
-- so that no worker stands still, and the next sweep comes back.
SET LOCAL ROLE coop_worker;
CREATE FUNCTION sec.try_lock_places(in_state text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF sec.action() IS DISTINCT FROM 'apply' THEN
        RAISE EXCEPTION 'no contact is written here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN pg_try_advisory_xact_lock_shared(4, hashtext(in_state));
END $$;
GRANT EXECUTE ON FUNCTION sec.try_lock_places(text) TO coop_app;
RESET ROLE;
