-- The order of a walk, and who lives together: both follow from the address alone, so whatever
-- writes an address writes them, and a house built in between renumbers nobody.

-- Area, street, side (1 odd, 2 even), number and its letters, unit. Without a number the whole line is the street.
CREATE FUNCTION sec.walk_rank(line text, second_line text, area text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    base text := upper(line);
    unit text := '';
    first_word text;
    letters text;
    door text;
BEGIN
    IF line IS NULL THEN
        RETURN NULL;
    END IF;
    IF second_line IS NOT NULL OR strpos(base, ' #') + strpos(base, ' APT ') + strpos(base, ' UNIT ') > 0 THEN
        base := split_part(split_part(split_part(base, ' APT ', 1), ' UNIT ', 1), ' #', 1);
        unit := concat_ws(' ', nullif(substr(upper(line), length(base) + 2), ''), upper(second_line));
        -- '4B' of 'APT 4B': the fourth comes before the tenth.
        door := split_part(ltrim(unit, ' #.-ABCDEFGHIJKLMNOPQRSTUVWXYZ'), ' ', 1);
        unit := lpad(left(door, length(door) - length(ltrim(door, '0123456789'))), 8, '0') || ' ' || unit;
    END IF;
    first_word := split_part(base, ' ', 1);
    letters := ltrim(first_word, '0123456789');
    IF letters = first_word THEN
        RETURN area || ',' || base || ',,,' || unit;
    END IF;
    first_word := left(first_word, length(first_word) - length(letters));
    RETURN area || ',' || substr(base, length(first_word) + length(letters) + 2)
        || ',' || translate(right(first_word, 1), '0123456789', '2121212121')
        || ',' || lpad(first_word, 8, '0') || letters || ',' || unit;
END $$;
GRANT EXECUTE ON FUNCTION sec.walk_rank(text, text, text) TO coop_publisher;

ALTER TABLE voters_registration
    -- squawk-ignore adding-field-with-default
    ADD COLUMN household bigint GENERATED ALWAYS AS (
        hashtextextended(upper(res_address) || E'\n' || upper(coalesce(res_address2, '')), 0)) STORED,
    -- squawk-ignore adding-field-with-default
    ADD COLUMN walk_rank text COLLATE "C" GENERATED ALWAYS AS (
        sec.walk_rank(res_address, res_address2, coalesce(res_zip5, upper(res_city), ''))) STORED;
COMMENT ON COLUMN voters_registration.household IS 'Equal for equal addresses; with the place it is the household.';
COMMENT ON COLUMN voters_registration.walk_rank IS 'Area, street, side, number, unit: the order of a walk, byte by byte.';
