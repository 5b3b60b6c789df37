-- A file may be taken out of a delivery before its import, and after one that came to nothing.

GRANT DELETE ON files_file TO coop_app;
CREATE POLICY owner_takes_out ON files_file FOR DELETE TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{import}'))::text[])
        AND NOT EXISTS (SELECT FROM imports_import AS i
                        WHERE i.delivery_id = files_file.delivery_id AND i.state = files_file.state
                          AND i.status NOT IN ('failed', 'canceled')));
