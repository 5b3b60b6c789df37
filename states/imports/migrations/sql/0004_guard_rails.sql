-- Thresholds that a state's owner sets for its guard rails: nobody else's business.

CREATE TABLE imports_guardrail (
    state text NOT NULL,
    guard text NOT NULL,
    threshold double precision NOT NULL,
    changed_by uuid NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT imports_guardrail_pkey PRIMARY KEY (state, guard),
    CONSTRAINT imports_guardrail_is_a_share CHECK (threshold >= 0)
) PARTITION BY LIST (state);
SELECT sec.wall_state_table('imports_guardrail');
GRANT SELECT, INSERT, DELETE ON imports_guardrail TO coop_app;
GRANT SELECT ON imports_guardrail TO coop_loader;
CREATE POLICY owner_reads ON imports_guardrail FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{manage,import}'))::text[]));
CREATE POLICY owner_sets ON imports_guardrail FOR INSERT TO coop_app
    WITH CHECK (state = ANY ((SELECT sec.owned_states('{import}'))::text[]));
CREATE POLICY owner_unsets ON imports_guardrail FOR DELETE TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{import}'))::text[]));
CREATE POLICY owner_imports ON imports_guardrail FOR SELECT TO coop_loader
    USING (state = ANY ((SELECT sec.owned_states('{import}'))::text[]));

-- Why someone published a difference that a rail had stopped.
GRANT UPDATE (reason) ON imports_import TO coop_app;
