-- Deliveries and files are their state's owner's alone: nobody else learns that there are any.

SELECT sec.wall('files_delivery');
SELECT sec.wall('files_file');
GRANT SELECT, INSERT ON files_delivery, files_file TO coop_app;
GRANT SELECT ON files_delivery, files_file TO coop_loader;
GRANT SELECT ON files_delivery TO coop_publisher;

CREATE POLICY owner_reads ON files_delivery FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{manage,import}'))::text[]));
CREATE POLICY owner_opens ON files_delivery FOR INSERT TO coop_app
    WITH CHECK (state = ANY ((SELECT sec.owned_states('{import}'))::text[]));
CREATE POLICY owner_imports ON files_delivery FOR SELECT TO coop_loader
    USING (state = ANY ((SELECT sec.owned_states('{import}'))::text[]));
CREATE POLICY publisher ON files_delivery FOR SELECT TO coop_publisher USING (true);

CREATE POLICY owner_reads ON files_file FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.owned_states('{manage,import}'))::text[]));
CREATE POLICY owner_uploads ON files_file FOR INSERT TO coop_app
    WITH CHECK (state = ANY ((SELECT sec.owned_states('{import}'))::text[])
        AND EXISTS (SELECT FROM files_delivery AS d
                    WHERE d.id = delivery_id AND d.state = files_file.state));
CREATE POLICY owner_imports ON files_file FOR SELECT TO coop_loader
    USING (state = ANY ((SELECT sec.owned_states('{import}'))::text[]));

ALTER TABLE files_delivery
    ADD CONSTRAINT delivery_names_its_counties CHECK (counties IS NULL OR cardinality(counties) > 0);
ALTER TABLE files_file
    ADD CONSTRAINT file_has_a_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    ADD CONSTRAINT file_has_a_size CHECK (size >= 0);
