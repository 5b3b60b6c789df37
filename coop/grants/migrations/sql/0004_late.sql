-- Phones that were away send what happened while a grant was in force: for 72 hours after its
-- natural end contacts dated within it are taken. After a revocation, a suspension or a
-- successor nothing is.

ALTER TABLE grants_grant ADD COLUMN lived_out boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN grants_grant.lived_out IS 'Whether it was active until its end; written by its trigger alone.';

CREATE FUNCTION grants_note_end() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    new.lived_out := TG_OP = 'UPDATE' AND (old.lived_out OR (old.status = 'active' AND new.status = 'expired'));
    RETURN new;
END $$;
CREATE TRIGGER grants_note_end BEFORE INSERT OR UPDATE ON grants_grant
    FOR EACH ROW EXECUTE FUNCTION grants_note_end();

SET LOCAL ROLE coop_policy;
-- The acting organization's grants to contribute that lived out at most 72 hours ago.
CREATE FUNCTION sec.late_grants() RETURNS SETOF public.grants_grant
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT g.* FROM public.grants_grant AS g, (SELECT sec.claims() AS c OFFSET 0) AS actor
    WHERE g.grantee = actor.c[2]::uuid AND actor.c[4] = 'contribute'
      AND (g.status = 'active' OR g.lived_out)
      AND g.ends_at <= clock_timestamp() AND clock_timestamp() < g.ends_at + interval '72 hours'
      AND 'contacts' = ANY (g.groups) AND 'contribute' = ANY (g.actions)
$$;

-- What such a grant says of the pool for a contact of that moment there, `held` winning; NULL
-- where none covers it: then it is not to be taken.
CREATE FUNCTION sec.late_pool(in_state text, in_place integer, happened timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER COST 1000 SET search_path = pg_catalog, pg_temp AS $$
    SELECT max(g.pool) FROM sec.late_grants() AS g
    WHERE in_place > 0 AND g.state_id = in_state AND happened >= g.starts_at AND happened < g.ends_at
      AND (g.whole_state OR EXISTS (
          SELECT FROM public.jurisdictions_place AS p
          WHERE p.state = in_state AND p.place = in_place
            AND (p.county = ANY (g.counties)
                 OR p.us_house_district = ANY (g.us_house_districts)
                 OR p.state_senate_district = ANY (g.state_senate_districts)
                 OR p.state_house_district = ANY (g.state_house_districts))))
$$;
GRANT EXECUTE ON FUNCTION sec.late_grants() TO coop_policy;
GRANT EXECUTE ON FUNCTION sec.late_pool(text, integer, timestamptz) TO coop_app, coop_worker;
RESET ROLE;
