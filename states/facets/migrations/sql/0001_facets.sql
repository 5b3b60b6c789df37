-- Bitmaps of the voters of one place that have one value of one field. A table for each field
-- group, under the very policies of the rows that they are made from: a bitmap of a whole state
-- would show a district's licensee everyone.
CREATE TABLE facets_registration (
    state text NOT NULL,
    field text NOT NULL,
    value text NOT NULL,
    place integer NOT NULL,
    publication integer NOT NULL,
    bits bytea NOT NULL,
    CONSTRAINT facets_registration_pkey PRIMARY KEY (state, field, value, place)
) PARTITION BY LIST (state);
COMMENT ON TABLE facets_registration IS
    'Field "" holds all voters of the place; "x" those of one value, "x?" those of any, "x#" the bits of their number.';
CREATE TABLE facets_demographics (LIKE facets_registration,
    CONSTRAINT facets_demographics_pkey PRIMARY KEY (state, field, value, place)) PARTITION BY LIST (state);
CREATE TABLE facets_contact_details (LIKE facets_registration,
    CONSTRAINT facets_contact_details_pkey PRIMARY KEY (state, field, value, place)) PARTITION BY LIST (state);
CREATE TABLE facets_vote_history (LIKE facets_registration,
    CONSTRAINT facets_vote_history_pkey PRIMARY KEY (state, field, value, place)) PARTITION BY LIST (state);
-- Nothing but each place's voters: whoever reads a row here may read the pool's contacts there.
CREATE TABLE facets_contacts (LIKE facets_registration,
    CONSTRAINT facets_contacts_pkey PRIMARY KEY (state, field, value, place)) PARTITION BY LIST (state);

SELECT sec.wall_state_table('facets_' || name, name)
FROM unnest('{registration,demographics,contact_details,vote_history,contacts}'::text[]) AS name;
SELECT sec.wall_field_group('facets_' || name, name)
FROM unnest('{registration,demographics,contact_details,vote_history,contacts}'::text[]) AS name;

SET LOCAL ROLE coop_publisher;
-- Begins the building of a state's facets: no publication comes between, and every voter has an
-- ordinal. Returns the publication that they are made from, NULL where there is none.
CREATE FUNCTION sec.begin_facets(in_state text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF sec.action() IS DISTINCT FROM 'import' OR NOT coalesce(in_state = ANY (sec.owned_states('{import}')), false) THEN
        RAISE EXCEPTION 'no such state' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock(1, hashtext(in_state));
    IF EXISTS (SELECT FROM public.voters_registration AS r WHERE r.state = in_state AND r.ordinal IS NULL) THEN
        PERFORM sec.allot_ordinals(in_state);
    END IF;
    RETURN (SELECT max(p.number) FROM public.voters_publication AS p WHERE p.state = in_state);
END $$;

-- Puts staged facets in the place of those before. Only places of the state's are taken, so that
-- staging cannot reach another state's readers.
CREATE FUNCTION sec.swap_facets(in_state text, staged text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    field_group text;
    swapped bigint := 0;
    written bigint;
    made_from integer := sec.begin_facets(in_state);
BEGIN
    FOREACH field_group IN ARRAY '{registration,demographics,contact_details,vote_history,contacts}'::text[] LOOP
        EXECUTE format('DELETE FROM public.%I AS f WHERE f.state = %L', 'facets_' || field_group, in_state);
        EXECUTE format($q$
            INSERT INTO public.%1$I (state, field, value, place, publication, bits)
            SELECT %2$L, s.field, s.value, s.place, %3$s, s.bits FROM %4$s AS s
            WHERE s.field_group = %5$L AND EXISTS (
                SELECT FROM public.jurisdictions_place AS p
                WHERE p.state = %2$L AND p.place = s.place AND p.place > 0)
            ORDER BY s.field, s.value, s.place
            $q$, 'facets_' || field_group, in_state, made_from, sec.staged_table(staged), field_group);
        GET DIAGNOSTICS written = ROW_COUNT;
        swapped := swapped + written;
    END LOOP;
    RETURN swapped;
END $$;
GRANT EXECUTE ON FUNCTION sec.begin_facets(text), sec.swap_facets(text, text) TO coop_loader;
RESET ROLE;
