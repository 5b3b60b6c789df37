-- The third lock's foundation: the signed actor, and the templates that wall a table.
-- Functions behind policies belong to coop_policy, which cannot log in. Each fixes its
-- search path, so that nobody can put an operator of his own in front of ours.

CREATE SCHEMA sec;
CREATE SCHEMA partitions;
CREATE SCHEMA staging;

GRANT USAGE ON SCHEMA sec TO coop_app, coop_loader, coop_policy, coop_counter, coop_publisher, coop_worker;
GRANT CREATE ON SCHEMA sec TO coop_policy, coop_counter, coop_publisher, coop_worker;
GRANT USAGE, CREATE ON SCHEMA staging TO coop_loader;
GRANT USAGE ON SCHEMA staging TO coop_publisher;
GRANT USAGE ON SCHEMA public TO coop_app, coop_loader, coop_policy, coop_counter, coop_publisher, coop_worker;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
SET LOCAL ROLE coop_policy;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
SET LOCAL ROLE coop_counter;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
SET LOCAL ROLE coop_publisher;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
SET LOCAL ROLE coop_worker;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
RESET ROLE;

-- The signing key -------------------------------------------------------------

SET LOCAL ROLE coop_policy;

CREATE TABLE sec.signing_key (
    inner_pad bytea NOT NULL PRIMARY KEY,
    outer_pad bytea NOT NULL,
    installed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT signing_key_inner_is_a_block CHECK (length(inner_pad) = 64),
    CONSTRAINT signing_key_outer_is_a_block CHECK (length(outer_pad) = 64)
);

CREATE FUNCTION sec.install_signing_key(inner_pad bytea, outer_pad bytea) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
-- Keeps the two newest, so that a key can be rotated while servers restart one by one.
BEGIN
    INSERT INTO sec.signing_key (inner_pad, outer_pad)
    VALUES (install_signing_key.inner_pad, install_signing_key.outer_pad)
    ON CONFLICT DO NOTHING;
    DELETE FROM sec.signing_key AS old
    WHERE old.inner_pad NOT IN (
        SELECT k.inner_pad FROM sec.signing_key AS k ORDER BY k.installed_at DESC LIMIT 2);
END $$;
GRANT EXECUTE ON FUNCTION sec.install_signing_key(bytea, bytea) TO coop_owner;

CREATE FUNCTION sec.verified(message text, signature text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(bool_or(signature = encode(
        sha256(k.outer_pad || sha256(k.inner_pad || convert_to(message, 'UTF8'))), 'hex')), false)
    FROM sec.signing_key AS k
$$;

-- version|organization|principal|action|expiry|signature, or NULL for whatever is missing,
-- malformed, forged or expired.
CREATE FUNCTION sec.claims() RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parts text[] := string_to_array(nullif(current_setting('coop.actor', true), ''), '|');
BEGIN
    IF coalesce(cardinality(parts), 0) <> 6
        OR NOT sec.verified(array_to_string(parts[1:5], '|'), parts[6])
        OR parts[1] <> '1'
        OR parts[5]::bigint < extract(epoch FROM clock_timestamp())
    THEN
        RETURN NULL;
    END IF;
    RETURN parts;
END $$;

CREATE FUNCTION sec.organization() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT (sec.claims())[2]::uuid
$$;

CREATE FUNCTION sec.principal() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT (sec.claims())[3]::uuid
$$;

CREATE FUNCTION sec.action() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT (sec.claims())[4]
$$;

GRANT EXECUTE ON FUNCTION sec.verified(text, text), sec.claims() TO coop_policy, coop_counter, coop_publisher, coop_worker;
GRANT EXECUTE ON FUNCTION sec.organization(), sec.principal(), sec.action()
    TO coop_app, coop_loader, coop_policy, coop_counter, coop_publisher, coop_worker;
RESET ROLE;

-- Walls: templates used by migrations, run as the owner --------------------------

CREATE FUNCTION sec.wall(target text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
-- Forced row-level security and no rights for anyone: the table is shut until policies open it.
BEGIN
    EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, coop_app, coop_loader', target);
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', target);
END $$;

CREATE TABLE sec.state_table (
    name text PRIMARY KEY,
    field_group text
);
COMMENT ON TABLE sec.state_table IS 'Tables partitioned by state; field_group where a grant names one.';

CREATE FUNCTION sec.add_partition(target text, state text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
-- The partition lies in a schema the application cannot use, and shuts everyone out by itself.
DECLARE
    partition text := target || '_' || lower(state);
BEGIN
    IF to_regclass(format('partitions.%I', partition)) IS NOT NULL THEN RETURN; END IF;
    EXECUTE format('CREATE TABLE partitions.%I PARTITION OF public.%I FOR VALUES IN (%L)', partition, target, state);
    EXECUTE format('ALTER TABLE partitions.%I ENABLE ROW LEVEL SECURITY', partition);
    EXECUTE format('ALTER TABLE partitions.%I FORCE ROW LEVEL SECURITY', partition);
END $$;

CREATE FUNCTION sec.open_partitions(state text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM sec.add_partition(t.name, open_partitions.state) FROM sec.state_table AS t;
END $$;

CREATE FUNCTION sec.wall_state_table(target text, field_group text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
-- For a table partitioned by state: shut, registered, with partitions for states opened before it.
DECLARE
    opened text;
BEGIN
    PERFORM sec.wall(target);
    INSERT INTO sec.state_table VALUES (target, wall_state_table.field_group);
    FOR opened IN SELECT code FROM public.jurisdictions_state WHERE owner IS NOT NULL LOOP
        PERFORM sec.add_partition(target, opened);
    END LOOP;
END $$;

CREATE FUNCTION sec.follow_voters(target text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
-- For a table whose rows carry a voter and its place: a publication moves them with their voter.
BEGIN
    EXECUTE format('GRANT SELECT, UPDATE (place) ON public.%I TO coop_publisher', target);
    EXECUTE format('CREATE POLICY follows_voters ON public.%I TO coop_publisher USING (true) WITH CHECK (true)', target);
END $$;
