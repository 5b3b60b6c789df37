-- Kept answers: only the very caller that was answered reads them again.
SELECT sec.wall('api_keptanswer');
GRANT SELECT, INSERT, UPDATE, DELETE ON api_keptanswer TO coop_app;
CREATE POLICY own_calls ON api_keptanswer TO coop_app
    USING (organization = (SELECT sec.organization()) AND principal = (SELECT sec.principal()))
    WITH CHECK (organization = (SELECT sec.organization()) AND principal = (SELECT sec.principal()));
