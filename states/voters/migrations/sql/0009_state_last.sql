-- A partition holds one state, so a key that begins with it is sorted by a value that all rows share, and
-- compared text by text: with the state last an index is made in a third of the time, and is read as before.
-- It stays in every index, so that a count by place or a voter's presence is read from the index alone.
-- Readers wait while each table's indexes are made anew.

-- squawk-ignore-file ban-drop-constraint, adding-serial-primary-key-field, disallowed-unique-constraint
ALTER TABLE voters_registration
    DROP CONSTRAINT voters_registration_pkey,
    ADD CONSTRAINT voters_registration_pkey PRIMARY KEY (voter, state),
    DROP CONSTRAINT voters_registration_state_voter_id,
    ADD CONSTRAINT voters_registration_state_voter_id UNIQUE (state_voter_id, state);
DROP INDEX voters_registration_place, voters_registration_name, voters_registration_address,
    voters_registration_county_voter_id;
CREATE INDEX voters_registration_place ON voters_registration (place, state);
CREATE INDEX voters_registration_name ON voters_registration (name_key text_pattern_ops, state);
CREATE INDEX voters_registration_address ON voters_registration (address_key text_pattern_ops, state);
CREATE INDEX voters_registration_county_voter_id ON voters_registration (county_voter_id, state)
    WHERE county_voter_id IS NOT NULL;

ALTER TABLE voters_demographics
    DROP CONSTRAINT voters_demographics_pkey,
    ADD CONSTRAINT voters_demographics_pkey PRIMARY KEY (voter, state);

ALTER TABLE voters_contactdetails
    DROP CONSTRAINT voters_contactdetails_pkey,
    ADD CONSTRAINT voters_contactdetails_pkey PRIMARY KEY (voter, state);
DROP INDEX voters_contactdetails_phone, voters_contactdetails_email;
CREATE INDEX voters_contactdetails_phone ON voters_contactdetails (phone, state) WHERE phone IS NOT NULL;
CREATE INDEX voters_contactdetails_email ON voters_contactdetails (email, state) WHERE email IS NOT NULL;

ALTER TABLE voters_votehistory
    DROP CONSTRAINT voters_votehistory_pkey,
    ADD CONSTRAINT voters_votehistory_pkey PRIMARY KEY (voter, state);
