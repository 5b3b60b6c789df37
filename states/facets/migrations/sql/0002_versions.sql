-- Whose bitmaps are whose publication's is said once for a state, no longer in each bitmap: what a
-- publication did not touch need not be written again.
CREATE TABLE facets_version (
    state text NOT NULL,
    publication integer NOT NULL,
    version uuid NOT NULL,
    CONSTRAINT facets_version_pkey PRIMARY KEY (state)
) PARTITION BY LIST (state);
COMMENT ON TABLE facets_version IS
    'The publication that a state''s bitmaps are of. `version` is another after each change of them; it is never shown.';
SELECT sec.wall_state_table('facets_version');
GRANT SELECT ON facets_version TO coop_app, coop_loader;
GRANT SELECT, INSERT, UPDATE ON facets_version TO coop_publisher;
CREATE POLICY publisher ON facets_version TO coop_publisher USING (true) WITH CHECK (true);
CREATE POLICY related ON facets_version FOR SELECT TO coop_app, coop_loader
    USING (state = ANY ((SELECT sec.related_states())::text[]));

SET LOCAL ROLE coop_publisher;
INSERT INTO public.facets_version (state, publication, version)
SELECT f.state, max(f.publication), gen_random_uuid() FROM public.facets_registration AS f GROUP BY f.state;
RESET ROLE;

-- Both tables are of this app alone, whose code no longer reads the column.
-- squawk-ignore ban-drop-column
ALTER TABLE facets_registration DROP COLUMN publication;
-- squawk-ignore ban-drop-column
ALTER TABLE facets_demographics DROP COLUMN publication;
-- squawk-ignore ban-drop-column
ALTER TABLE facets_contact_details DROP COLUMN publication;
-- squawk-ignore ban-drop-column
ALTER TABLE facets_vote_history DROP COLUMN publication;
-- squawk-ignore ban-drop-column
ALTER TABLE facets_contacts DROP COLUMN publication;

SET LOCAL ROLE coop_publisher;
-- Writes staged bitmaps of one group. Only places of the state's are taken, so that staging cannot
-- reach another state's readers; a bitmap that is NULL is one that nobody is in any more.
CREATE FUNCTION sec.write_facets(in_state text, field_group text, staged text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    written bigint;
BEGIN
    EXECUTE format($q$
        INSERT INTO public.%1$I (state, field, value, place, bits)
        SELECT %2$L, s.field, s.value, s.place, s.bits FROM %3$s AS s
        WHERE s.field_group = %4$L AND s.bits IS NOT NULL AND s.place = ANY ($1)
        ORDER BY s.field, s.value, s.place
        $q$, 'facets_' || field_group, in_state, sec.staged_table(staged), field_group)
        USING ARRAY(SELECT p.place FROM public.jurisdictions_place AS p WHERE p.state = in_state AND p.place > 0);
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END $$;

-- Says that a state's bitmaps are now those of a publication.
CREATE FUNCTION sec.version_facets(in_state text, made_from integer) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.facets_version (state, publication, version) VALUES (in_state, made_from, gen_random_uuid())
    ON CONFLICT (state) DO UPDATE SET publication = excluded.publication, version = excluded.version
$$;

-- As before, with the version of the whole in place of each bitmap's publication.
CREATE OR REPLACE FUNCTION sec.swap_facets(in_state text, staged text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    field_group text;
    swapped bigint := 0;
    made_from integer := sec.begin_facets(in_state);
BEGIN
    FOREACH field_group IN ARRAY '{registration,demographics,contact_details,vote_history,contacts}'::text[] LOOP
        EXECUTE format('DELETE FROM public.%I AS f WHERE f.state = %L', 'facets_' || field_group, in_state);
        swapped := swapped + sec.write_facets(in_state, field_group, staged);
    END LOOP;
    PERFORM sec.version_facets(in_state, made_from);
    RETURN swapped;
END $$;
RESET ROLE;
