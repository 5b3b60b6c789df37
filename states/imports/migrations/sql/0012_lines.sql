-- The lines of a state's last whole delivery, by digest, with the identifiers of their voters: so
-- that the next import reads only what is new in it. They are nobody's but the owner's imports.
CREATE TABLE imports_line (
    state text NOT NULL,
    import_id uuid NOT NULL,
    number integer NOT NULL,
    manner text NOT NULL,
    lines integer NOT NULL,
    content bytea STORAGE EXTERNAL NOT NULL,
    CONSTRAINT imports_line_pkey PRIMARY KEY (state, import_id, number)
) PARTITION BY LIST (state);
COMMENT ON COLUMN imports_line.content IS 'A piece of lines as an Arrow file: digests and identifiers.';
SELECT sec.wall_state_table('imports_line');
GRANT SELECT, INSERT, DELETE ON imports_line TO coop_loader;
CREATE POLICY owner_imports ON imports_line TO coop_loader
    USING (state = ANY ((SELECT sec.owned_states('{import}'))::text[]))
    WITH CHECK (state = ANY ((SELECT sec.owned_states('{import}'))::text[]));
