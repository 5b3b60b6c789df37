-- Breakdowns for those who may count but not read.

SET LOCAL ROLE coop_counter;
-- Runs a statement that the application's compiler made and signed, as the counting role. Of
-- its cells (two values and a figure) only those of ten voters or more leave, each rounded to
-- tens: a cell that is missing may be empty or small, and which of both is told to nobody.
CREATE FUNCTION sec.signed_breakdown(statement text, signature text)
RETURNS TABLE (first_value text, second_value text, figure bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    cell record;
BEGIN
    IF sec.action() IS DISTINCT FROM 'count' OR NOT sec.verified(
        'breakdown|' || current_setting('coop.actor') || '|' || statement, signature)
    THEN
        RAISE EXCEPTION 'this breakdown was not signed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    BEGIN
        FOR cell IN EXECUTE statement LOOP
            IF cell.figure >= 10 THEN
                first_value := cell.first_value;
                second_value := cell.second_value;
                figure := round(cell.figure::numeric, -1)::bigint;
                RETURN NEXT;
            END IF;
        END LOOP;
    EXCEPTION WHEN query_canceled THEN RAISE;
        WHEN OTHERS THEN
            RAISE EXCEPTION 'the breakdown failed' USING ERRCODE = 'internal_error';
    END;
END $$;

GRANT EXECUTE ON FUNCTION sec.signed_breakdown(text, text) TO coop_app;
RESET ROLE;
