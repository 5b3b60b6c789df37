-- As before, without a look at contacts that name no code.
SET LOCAL ROLE coop_worker;
CREATE OR REPLACE FUNCTION sec.keep_codes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.canvass_coded AS k (state, voter, organization, code, place, applied, event_time, seq)
    SELECT DISTINCT ON (d.state, d.voter, d.organization, said.one ->> 'code')
           d.state, d.voter, d.organization, (said.one ->> 'code')::uuid, d.place,
           (said.one ->> 'applied')::boolean, c.event_time, c.seq
    FROM arrived AS d
    JOIN public.canvass_contact AS c ON c.state = d.state AND c.contact = d.contact AND c.retracted_at IS NULL
    CROSS JOIN LATERAL jsonb_array_elements(d.activist_codes) WITH ORDINALITY AS said (one, place)
    WHERE d.activist_codes <> '[]' AND jsonb_typeof(d.activist_codes) = 'array'
    ORDER BY d.state, d.voter, d.organization, said.one ->> 'code', c.event_time DESC, c.seq DESC, said.place DESC
    ON CONFLICT (state, voter, organization, code) DO UPDATE
    SET applied = excluded.applied, event_time = excluded.event_time, seq = excluded.seq
    WHERE (excluded.event_time, excluded.seq) > (k.event_time, k.seq);
    RETURN NULL;
END $$;
RESET ROLE;
