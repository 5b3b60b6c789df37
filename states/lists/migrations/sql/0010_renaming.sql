-- A list's name is all of it that its organization may change.

GRANT UPDATE (name) ON lists_list TO coop_app;
CREATE POLICY own_rename ON lists_list FOR UPDATE TO coop_app
    USING (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage')
    WITH CHECK (organization = (SELECT sec.organization()));
