-- How far each voter's ballot has come: a row a voter and election, written by the owner's
-- uploads at any hour. An election is its day and type, as text: a file that numbers a state's
-- elections anew cannot disturb it.

CREATE TABLE voters_ballot (
    state text NOT NULL,
    voter uuid NOT NULL,
    place integer NOT NULL,
    ballot_election text NOT NULL,
    ballot_status text NOT NULL,
    ballot_date date NOT NULL,
    ballot_method text,
    requested_on date,
    sent_on date,
    returned_on date,
    accepted_on date,
    rejected_on date,
    CONSTRAINT voters_ballot_pkey PRIMARY KEY (state, ballot_election, voter),
    CONSTRAINT voters_ballot_election_is_day_and_type CHECK (
        ballot_election ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2} [a-z_]+$'),
    CONSTRAINT voters_ballot_status_is_known CHECK (
        ballot_status IN ('requested', 'sent', 'returned', 'accepted', 'rejected')),
    CONSTRAINT voters_ballot_method_is_known CHECK (
        ballot_method IN ('mail', 'early', 'election_day', 'other'))
) PARTITION BY LIST (state);
COMMENT ON COLUMN voters_ballot.ballot_date IS 'Day of the newest step: of ballot_status.';
-- A publication moves all elections' rows of its movers.
CREATE INDEX voters_ballot_voter ON voters_ballot (state, voter);

-- The elections that a state has ballots of.
CREATE TABLE voters_ballotelection (
    state text NOT NULL,
    ballot_election text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT voters_ballotelection_pkey PRIMARY KEY (state, ballot_election)
) PARTITION BY LIST (state);

SELECT sec.wall_state_table('voters_ballot', 'ballots');
SELECT sec.wall_field_group('voters_ballot', 'ballots');

SELECT sec.wall_state_table('voters_ballotelection');
GRANT SELECT ON voters_ballotelection TO coop_app;
GRANT SELECT, INSERT, UPDATE ON voters_ballotelection TO coop_publisher;
CREATE POLICY related ON voters_ballotelection FOR SELECT TO coop_app
    USING (state = ANY ((SELECT sec.related_states())::text[]));
CREATE POLICY publisher ON voters_ballotelection TO coop_publisher USING (true) WITH CHECK (true);
