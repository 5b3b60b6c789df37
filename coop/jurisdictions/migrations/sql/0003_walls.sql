-- Places and each state's policy. States and counties are reference data: public facts.

CREATE SEQUENCE jurisdictions_place_number AS integer;

CREATE TABLE jurisdictions_place (
    state text NOT NULL,
    place integer NOT NULL,
    county integer,
    us_house_district text NOT NULL DEFAULT '',
    state_senate_district text NOT NULL DEFAULT '',
    state_house_district text NOT NULL DEFAULT '',
    CONSTRAINT jurisdictions_place_pkey PRIMARY KEY (state, place),
    CONSTRAINT jurisdictions_place_combination UNIQUE NULLS NOT DISTINCT
        (state, county, us_house_district, state_senate_district, state_house_district),
    CONSTRAINT jurisdictions_place_not_zero CHECK (place <> 0)
);
SELECT sec.wall('jurisdictions_place');

-- Only the operator opens a state, and only one that nobody owns.
SELECT sec.wall('jurisdictions_state');
CREATE POLICY reference_read ON jurisdictions_state FOR SELECT USING (true);
CREATE POLICY operator_opens ON jurisdictions_state FOR UPDATE TO coop_app
    USING ((SELECT sec.action()) = 'operate' AND owner IS NULL)
    WITH CHECK ((SELECT sec.action()) = 'operate');
CREATE POLICY migration_writes ON jurisdictions_state TO coop_owner USING (true) WITH CHECK (true);
GRANT SELECT ON jurisdictions_state, jurisdictions_county
    TO coop_app, coop_loader, coop_policy, coop_counter, coop_publisher, coop_worker;
GRANT UPDATE (owner, opened_at, place_kinds) ON jurisdictions_state TO coop_app;

GRANT SELECT ON jurisdictions_place TO coop_app, coop_loader, coop_policy;
GRANT SELECT, INSERT ON jurisdictions_place TO coop_publisher;
GRANT USAGE ON SEQUENCE jurisdictions_place_number TO coop_publisher;
CREATE POLICY behind_policies ON jurisdictions_place FOR SELECT TO coop_policy USING (true);
CREATE POLICY publisher ON jurisdictions_place TO coop_publisher USING (true) WITH CHECK (true);

SET LOCAL ROLE coop_policy;
-- The states that the acting organization owns; `wanted_actions` NULL: whatever the scope is for.
CREATE FUNCTION sec.owned_states(wanted_actions text[] DEFAULT NULL) RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(s.code::text), '{}')
    FROM public.jurisdictions_state AS s, (SELECT sec.claims() AS c OFFSET 0) AS actor
    WHERE s.owner = actor.c[2]::uuid AND (wanted_actions IS NULL OR actor.c[4] = ANY (wanted_actions))
$$;
GRANT EXECUTE ON FUNCTION sec.owned_states(text[])
    TO coop_app, coop_loader, coop_policy, coop_counter, coop_publisher, coop_worker;
RESET ROLE;

CREATE POLICY owner_imports ON jurisdictions_place FOR SELECT TO coop_loader
    USING (state = ANY ((SELECT sec.owned_states('{import}'))::text[]));

-- A state's policy on sharing: law, so every member may read it; only the owner party writes it.
ALTER TABLE jurisdictions_statepolicy
    ADD CONSTRAINT policy_purposes_are_known CHECK (purposes <@ ARRAY[
        'election', 'political', 'governmental', 'scholarly', 'journalistic']::varchar[]),
    ADD CONSTRAINT policy_recipients_are_known CHECK (recipients <@ ARRAY[
        'state_party', 'national_committee', 'campaign', 'outside_group', 'vendor']::varchar[]);
SELECT sec.wall('jurisdictions_statepolicy');
GRANT SELECT, INSERT, UPDATE ON jurisdictions_statepolicy TO coop_app;
GRANT SELECT ON jurisdictions_statepolicy TO coop_policy;
CREATE POLICY behind_policies ON jurisdictions_statepolicy FOR SELECT TO coop_policy USING (true);
CREATE POLICY members_read ON jurisdictions_statepolicy FOR SELECT TO coop_app
    USING ((SELECT sec.organization()) IS NOT NULL);
CREATE POLICY owner_inserts ON jurisdictions_statepolicy FOR INSERT TO coop_app
    WITH CHECK (state_id = ANY ((SELECT sec.owned_states('{manage}'))::text[]));
CREATE POLICY owner_updates ON jurisdictions_statepolicy FOR UPDATE TO coop_app
    USING (state_id = ANY ((SELECT sec.owned_states('{manage}'))::text[]))
    WITH CHECK (state_id = ANY ((SELECT sec.owned_states('{manage}'))::text[]));
