-- A state's identifier that is another person's now: its former holder gives it up, just before the
-- new one is entered. Who held `123` until publication 7 is `123~7` from then on, gone, and the owner's to see.

SET LOCAL ROLE coop_publisher;
CREATE FUNCTION sec.publication_releases_ids() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    staged text := replace(new.import_id::text, '-', '');
BEGIN
    IF new.number > 1 AND EXISTS (SELECT FROM public.imports_import AS i
                                  WHERE i.id = new.import_id AND i.rolls_back_to IS NULL) THEN
        EXECUTE format($q$
            UPDATE public.voters_registration AS t SET state_voter_id = t.state_voter_id || '~' || %1$s
            FROM %2$s AS g, %3$s AS d
            WHERE t.state = %4$L AND t.voter = g.voter AND d.state_voter_id = t.state_voter_id AND d.voter <> t.voter
            $q$, new.number, sec.staged_table('gone_' || staged), sec.staged_table('difference_' || staged), new.state);
    END IF;
    RETURN NULL;
END $$;
GRANT EXECUTE ON FUNCTION sec.publication_releases_ids() TO coop_owner;
RESET ROLE;

-- After voters_publication_keeps_reverse, which keeps the identifier that was: triggers fire by name.
CREATE TRIGGER voters_publication_releases_ids AFTER INSERT ON voters_publication
    FOR EACH ROW EXECUTE FUNCTION sec.publication_releases_ids();
