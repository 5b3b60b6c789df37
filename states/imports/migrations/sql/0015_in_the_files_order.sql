-- As before; but the smaller tables keep the order of the files, which is mostly that of counties, as places are:
-- keys that name the state last are made quickly of unsorted rows, and sorting whole rows cost more than that.
SET LOCAL ROLE coop_publisher;
CREATE OR REPLACE FUNCTION sec.fill_beside(wanted uuid, worker_name text, target text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    run public.imports_import := sec.publishable(wanted, worker_name);
    made text := sec.make_beside(target, run.state);
    placed text := sec.difference_with_places(run);
    filled bigint;
BEGIN
    PERFORM set_config('work_mem', '128MB', true);
    IF target = 'voters_registration' THEN
        -- Voters are numbered by place, and lie in that order: a license is of places.
        EXECUTE format($q$
            INSERT INTO %1$s (state, voter, place, shielded, publication, ordinal, %2$s)
            SELECT %3$L, d.voter, d.new_place, d.shielded, %4$s,
                   row_number() OVER (ORDER BY d.new_place, d.voter), %5$s FROM %6$s AS d
            $q$, made, sec.file_columns(target, ''), run.state, sec.next_publication(run.state),
            sec.file_columns(target, 'd.'), placed);
    ELSE
        EXECUTE format('INSERT INTO %s (state, voter, place, %s) SELECT %L, d.voter, d.new_place, %s FROM %s AS d',
                       made, sec.file_columns(target, ''), run.state, sec.file_columns(target, 'd.'), placed);
    END IF;
    GET DIAGNOSTICS filled = ROW_COUNT;
    IF filled <> (run.cursor->>'difference')::bigint THEN
        RAISE EXCEPTION 'staging is incomplete' USING ERRCODE = 'data_corrupted';
    END IF;
    PERFORM sec.finish_beside(target, run.state);
    RETURN filled;
END $$;
RESET ROLE;
