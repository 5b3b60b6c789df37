-- Names that a state's owner has accepted for its layouts' columns: nobody else's business.

CREATE TABLE imports_columnmapping (
    state text NOT NULL,
    variant text NOT NULL,
    columns jsonb NOT NULL,
    changed_by uuid NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT imports_columnmapping_pkey PRIMARY KEY (state, variant)
) PARTITION BY LIST (state);
SELECT sec.wall_state_table('imports_columnmapping');
GRANT SELECT, INSERT, DELETE ON imports_columnmapping TO coop_app;
GRANT SELECT ON imports_columnmapping TO coop_loader;
CREATE POLICY owner_reads ON imports_columnmapping FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{manage,import}'))::text[]));
CREATE POLICY owner_accepts ON imports_columnmapping FOR INSERT TO coop_app
    WITH CHECK (state = ANY ((SELECT sec.owned_states('{import}'))::text[]));
CREATE POLICY owner_takes_back ON imports_columnmapping FOR DELETE TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{import}'))::text[]));
CREATE POLICY owner_imports ON imports_columnmapping FOR SELECT TO coop_loader
    USING (state = ANY ((SELECT sec.owned_states('{import}'))::text[]));
