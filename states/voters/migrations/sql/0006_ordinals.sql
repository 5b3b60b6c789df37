-- A number for each voter of a state, allotted by place, the key of bitmaps. It is never shown, and
-- stands as long as the voter does: moves, protection and leaving do not change it.
ALTER TABLE voters_registration ADD COLUMN ordinal integer;
COMMENT ON COLUMN voters_registration.ordinal IS
    'The voter''s number in its state''s bitmaps; none: written past a publication, in no bitmap.';

SET LOCAL ROLE coop_publisher;
-- Numbers the voters of a state that have no ordinal, after those that do.
CREATE FUNCTION sec.allot_ordinals(in_state text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    allotted bigint;
BEGIN
    UPDATE public.voters_registration AS r SET ordinal = n.ordinal
    FROM (SELECT t.voter, row_number() OVER (ORDER BY t.place, t.voter)
                 + (SELECT coalesce(max(m.ordinal), 0) FROM public.voters_registration AS m
                    WHERE m.state = in_state) AS ordinal
          FROM public.voters_registration AS t WHERE t.state = in_state AND t.ordinal IS NULL) AS n
    WHERE r.state = in_state AND r.voter = n.voter;
    GET DIAGNOSTICS allotted = ROW_COUNT;
    RETURN allotted;
END $$;
SELECT sec.allot_ordinals(s.code) FROM public.jurisdictions_state AS s WHERE s.owner IS NOT NULL;
RESET ROLE;
