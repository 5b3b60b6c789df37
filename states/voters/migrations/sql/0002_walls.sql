-- Published voters: one table per field group, partitioned by state, each behind its own
-- policy. Nothing but a publication writes them.

CREATE TABLE voters_publication (
    state text NOT NULL,
    number integer NOT NULL,
    import_id uuid NOT NULL,
    file_date date NOT NULL,
    counties integer[],
    published_at timestamptz NOT NULL DEFAULT now(),
    figures jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT voters_publication_pkey PRIMARY KEY (state, number)
) PARTITION BY LIST (state);

CREATE TABLE voters_registration (
    state text NOT NULL,
    voter uuid NOT NULL DEFAULT gen_random_uuid(),
    place integer NOT NULL,
    shielded text,
    publication integer NOT NULL,
    fingerprint bytea NOT NULL,
    state_voter_id text NOT NULL,
    county_voter_id text,
    first_name text,
    middle_name text,
    last_name text,
    name_suffix text,
    status text NOT NULL,
    status_raw text,
    registration_date date,
    party text,
    party_raw text,
    county integer,
    precinct_code text,
    precinct_name text,
    municipality text,
    ward text,
    school_district text,
    us_house_district text,
    state_senate_district text,
    state_house_district text,
    res_address text,
    res_address2 text,
    res_city text,
    res_state text,
    res_zip5 text,
    res_zip4 text,
    name_key text GENERATED ALWAYS AS (upper(coalesce(last_name, '') || ',' || coalesce(first_name, ''))) STORED,
    address_key text GENERATED ALWAYS AS (upper(res_address)) STORED,
    CONSTRAINT voters_registration_pkey PRIMARY KEY (state, voter),
    CONSTRAINT voters_registration_state_voter_id UNIQUE (state, state_voter_id),
    CONSTRAINT voters_registration_shielded_is_known CHECK (shielded IN ('confidential', 'gone')),
    CONSTRAINT voters_registration_shielded_has_its_place CHECK ((place < 0) = (shielded IS NOT NULL))
) PARTITION BY LIST (state);
COMMENT ON COLUMN voters_registration.shielded IS 'Why the voter is out of everyone''s sight but the owner''s.';
CREATE INDEX voters_registration_place ON voters_registration (state, place);
CREATE INDEX voters_registration_name ON voters_registration (state, name_key text_pattern_ops);
CREATE INDEX voters_registration_address ON voters_registration (state, address_key text_pattern_ops);

CREATE TABLE voters_demographics (
    state text NOT NULL,
    voter uuid NOT NULL,
    place integer NOT NULL,
    birth_date date,
    birth_year smallint,
    gender text,
    gender_raw text,
    race text,
    race_raw text,
    ethnicity text,
    ethnicity_raw text,
    CONSTRAINT voters_demographics_pkey PRIMARY KEY (state, voter)
) PARTITION BY LIST (state);

CREATE TABLE voters_contactdetails (
    state text NOT NULL,
    voter uuid NOT NULL,
    place integer NOT NULL,
    phone text,
    email text,
    mail_line1 text,
    mail_line2 text,
    mail_city text,
    mail_state text,
    mail_zip5 text,
    mail_country text,
    CONSTRAINT voters_contactdetails_pkey PRIMARY KEY (state, voter)
) PARTITION BY LIST (state);
CREATE INDEX voters_contactdetails_phone ON voters_contactdetails (state, phone) WHERE phone IS NOT NULL;

CREATE TABLE voters_votehistory (
    state text NOT NULL,
    voter uuid NOT NULL,
    place integer NOT NULL,
    elections integer[] NOT NULL DEFAULT '{}',
    methods text[] NOT NULL DEFAULT '{}',
    parties text[] NOT NULL DEFAULT '{}',
    last_voted_date date,
    times_voted integer GENERATED ALWAYS AS (cardinality(elections)) VIRTUAL,
    CONSTRAINT voters_votehistory_pkey PRIMARY KEY (state, voter),
    CONSTRAINT voters_votehistory_arrays_agree CHECK (
        cardinality(elections) = cardinality(methods) AND cardinality(elections) = cardinality(parties))
) PARTITION BY LIST (state);
COMMENT ON COLUMN voters_votehistory.elections IS 'Elections voted in, ascending; methods and parties run beside it, '''' where unknown.';

-- Elections are public facts: a state's numbers for them, ascending in time of first sight.
CREATE TABLE voters_election (
    state text NOT NULL,
    election integer NOT NULL,
    date date NOT NULL,
    type text NOT NULL,
    name text NOT NULL DEFAULT '',
    CONSTRAINT voters_election_pkey PRIMARY KEY (state, election),
    CONSTRAINT voters_election_once UNIQUE (state, date, type)
);

SELECT sec.wall_state_table('voters_publication');
SELECT sec.wall_state_table('voters_registration', 'registration');
SELECT sec.wall_state_table('voters_demographics', 'demographics');
SELECT sec.wall_state_table('voters_contactdetails', 'contact_details');
SELECT sec.wall_state_table('voters_votehistory', 'vote_history');

-- One template for the policies of a field group's table ------------------------------

CREATE FUNCTION sec.wall_field_group(target text, field_group text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    licensed text := $policy$
        (place > 0 AND state = ANY ((SELECT sec.whole_states(%1$L, %2$L))::text[]))
        OR place = ANY ((SELECT sec.places(%1$L, %2$L))::integer[])
        OR state = ANY ((SELECT sec.owned_states(%2$L))::text[])$policy$;
BEGIN
    -- The application reads rows for `read` and `export` alone: a count opens none.
    EXECUTE format('GRANT SELECT ON public.%I TO coop_app, coop_loader, coop_counter, coop_worker', target);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.%I TO coop_publisher', target);
    EXECUTE format('CREATE POLICY licensed ON public.%I FOR SELECT TO coop_app USING (%s)',
                   target, format(licensed, field_group, '{read,export}'));
    -- Signed counts run as coop_counter; only their rounded figure leaves it. Shielded voters
    -- are in no count, the owner's included.
    EXECUTE format('CREATE POLICY counted ON public.%I FOR SELECT TO coop_counter USING (place > 0 AND (%s))',
                   target, format(licensed, field_group, '{count}'));
    EXECUTE format('CREATE POLICY owner_imports ON public.%I FOR SELECT TO coop_loader '
                   'USING (state = ANY ((SELECT sec.owned_states(''{import}''))::text[]))', target);
    EXECUTE format('CREATE POLICY publisher ON public.%I TO coop_publisher USING (true) WITH CHECK (true)', target);
    EXECUTE format('CREATE POLICY worker ON public.%I FOR SELECT TO coop_worker USING (true)', target);
END $$;
SELECT sec.wall_field_group(name, field_group) FROM sec.state_table WHERE field_group IS NOT NULL;

GRANT SELECT ON voters_publication TO coop_app, coop_loader, coop_counter;
GRANT SELECT, INSERT, UPDATE ON voters_publication TO coop_publisher;
CREATE POLICY publisher ON voters_publication TO coop_publisher USING (true) WITH CHECK (true);
CREATE POLICY related ON voters_publication FOR SELECT TO coop_app, coop_loader
    USING (state = ANY ((SELECT sec.related_states())::text[]));

SELECT sec.wall('voters_election');
GRANT SELECT ON voters_election TO coop_app, coop_loader, coop_counter;
GRANT SELECT, INSERT ON voters_election TO coop_publisher;
CREATE POLICY reference_read ON voters_election FOR SELECT USING (true);
CREATE POLICY publisher ON voters_election FOR INSERT TO coop_publisher WITH CHECK (true);

-- Counting for those who may count but not read ------------------------------------------

SET LOCAL ROLE coop_counter;
-- Runs a statement that the application's compiler made and signed, as the counting role,
-- and returns its figure rounded to tens, NULL below ten. Nothing else can leave: the
-- statement is bound to the actor by its signature, and an error tells nothing.
CREATE FUNCTION sec.signed_count(statement text, signature text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    exact bigint;
BEGIN
    IF sec.action() IS DISTINCT FROM 'count' OR NOT sec.verified(
        'count|' || current_setting('coop.actor') || '|' || statement, signature)
    THEN
        RAISE EXCEPTION 'this count was not signed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    BEGIN
        EXECUTE statement INTO exact;
    EXCEPTION WHEN query_canceled THEN RAISE;
        WHEN OTHERS THEN
            RAISE EXCEPTION 'the count failed' USING ERRCODE = 'internal_error';
    END;
    RETURN CASE WHEN exact >= 10 THEN round(exact::numeric, -1)::bigint END;
END $$;

GRANT EXECUTE ON FUNCTION sec.signed_count(text, text) TO coop_app;
RESET ROLE;

-- Where a contact's voter is, for those who may contribute -----------------------------------

SET LOCAL ROLE coop_worker;
-- Gives back only voters in places where the actor may contribute contacts now.
CREATE FUNCTION sec.contributable(in_state text, voters uuid[], state_voter_ids text[])
RETURNS TABLE (voter uuid, state_voter_id text, place integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.voter, r.state_voter_id, r.place FROM public.voters_registration AS r
    WHERE r.state = in_state AND (r.voter = ANY (voters) OR r.state_voter_id = ANY (state_voter_ids))
      AND ((r.place > 0 AND r.state = ANY ((SELECT sec.whole_states('contacts', '{contribute}'))::text[]))
           OR r.place = ANY ((SELECT sec.places('contacts', '{contribute}'))::integer[])
           OR (r.place > 0 AND r.state = ANY ((SELECT sec.owned_states('{contribute}'))::text[])))
$$;
GRANT EXECUTE ON FUNCTION sec.contributable(text, uuid[], text[]) TO coop_app;
RESET ROLE;
