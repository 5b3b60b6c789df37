-- Contacts name voters by e-mail and by the county's number too. Most states' files have few
-- of either: what is unknown is not in the index.
CREATE INDEX voters_contactdetails_email ON voters_contactdetails (state, email) WHERE email IS NOT NULL;
CREATE INDEX voters_registration_county_voter_id ON voters_registration (state, county_voter_id)
    WHERE county_voter_id IS NOT NULL;
