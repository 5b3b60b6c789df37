-- The residence's street line as the state writes it, where what is published is another form of it.
ALTER TABLE voters_registration ADD COLUMN res_address_raw text;
