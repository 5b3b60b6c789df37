-- Where a voter was when it was sent: who has moved since, or is shielded, is found by an index.

ALTER TABLE lists_export_member ADD COLUMN sent_from integer;
COMMENT ON COLUMN lists_export_member.sent_from IS 'The place at the time of sending; `place` follows the voter.';
CREATE INDEX lists_export_member_moved ON lists_export_member (state, export) WHERE place <> sent_from;

DROP POLICY own_sent ON lists_export_member;
CREATE POLICY own_sent ON lists_export_member FOR INSERT TO coop_app
    WITH CHECK (organization = (SELECT sec.organization())
        AND export = ANY ((SELECT sec.streaming_exports())::uuid[])
        AND place > 0 AND sent_from = place
        AND (state = ANY ((SELECT sec.whole_states('registration', '{export}'))::text[])
            OR place = ANY ((SELECT sec.places('registration', '{export}'))::integer[])
            OR state = ANY ((SELECT sec.owned_states('{export}'))::text[])));
