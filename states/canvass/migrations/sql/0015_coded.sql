-- Which voters an organization's activist codes are on: what its newest contact that names a code
-- says of it. Criteria ask for it, so it is kept like other current values, not looked for in history.
CREATE TABLE canvass_coded (
    state text NOT NULL,
    voter uuid NOT NULL,
    organization uuid NOT NULL,
    code uuid NOT NULL,
    place integer NOT NULL,
    applied boolean NOT NULL,
    event_time timestamptz NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT canvass_coded_pkey PRIMARY KEY (state, voter, organization, code)
) PARTITION BY LIST (state);
COMMENT ON TABLE canvass_coded IS
    'What the newest contact of an organization that names one of its codes says of the voter: applied, or removed.';
SELECT sec.wall_state_table('canvass_coded');
SELECT sec.follow_voters('canvass_coded');
GRANT SELECT ON canvass_coded TO coop_app;
CREATE POLICY own ON canvass_coded FOR SELECT TO coop_app
    USING (organization = (SELECT sec.organization())
        AND (place > 0 OR state = ANY ((SELECT sec.owned_states())::text[])));
GRANT SELECT, INSERT, UPDATE, DELETE ON canvass_coded TO coop_worker;
CREATE POLICY keeps ON canvass_coded TO coop_worker USING (true) WITH CHECK (true);

SET LOCAL ROLE coop_worker;
-- Lets the codes that new lines of history name be on their voters, or off them: the newest says so.
CREATE FUNCTION sec.keep_codes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.canvass_coded AS k (state, voter, organization, code, place, applied, event_time, seq)
    SELECT DISTINCT ON (d.state, d.voter, d.organization, said.one ->> 'code')
           d.state, d.voter, d.organization, (said.one ->> 'code')::uuid, d.place,
           (said.one ->> 'applied')::boolean, c.event_time, c.seq
    FROM arrived AS d
    JOIN public.canvass_contact AS c ON c.state = d.state AND c.contact = d.contact AND c.retracted_at IS NULL
    CROSS JOIN LATERAL jsonb_array_elements(d.activist_codes) WITH ORDINALITY AS said (one, place)
    WHERE jsonb_typeof(d.activist_codes) = 'array'
    ORDER BY d.state, d.voter, d.organization, said.one ->> 'code', c.event_time DESC, c.seq DESC, said.place DESC
    ON CONFLICT (state, voter, organization, code) DO UPDATE
    SET applied = excluded.applied, event_time = excluded.event_time, seq = excluded.seq
    WHERE (excluded.event_time, excluded.seq) > (k.event_time, k.seq);
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION sec.keep_codes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sec.keep_codes() TO coop_owner;

-- Works the codes on these voters out anew from the acting organization's history. They are taken off
-- first: who is just putting one on is waited for, and who comes after is newer.
CREATE FUNCTION sec.recount_codes(in_state text, voters uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mine constant uuid := sec.organization();
BEGIN
    IF sec.action() IS DISTINCT FROM 'apply' THEN
        RAISE EXCEPTION 'no contact is written here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM FROM public.canvass_coded AS k
    WHERE k.state = in_state AND k.voter = ANY (voters) AND k.organization = mine
    ORDER BY k.voter, k.code FOR UPDATE;
    DELETE FROM public.canvass_coded AS k
    WHERE k.state = in_state AND k.voter = ANY (voters) AND k.organization = mine;
    INSERT INTO public.canvass_coded AS k (state, voter, organization, code, place, applied, event_time, seq)
    SELECT DISTINCT ON (c.voter, said.one ->> 'code')
           in_state, c.voter, mine, (said.one ->> 'code')::uuid, c.place, (said.one ->> 'applied')::boolean,
           c.event_time, c.seq
    FROM public.canvass_contact AS c
    JOIN public.canvass_contact_detail AS d ON d.state = in_state AND d.contact = c.contact
    CROSS JOIN LATERAL jsonb_array_elements(d.activist_codes) WITH ORDINALITY AS said (one, place)
    WHERE c.state = in_state AND c.voter = ANY (voters) AND c.organization = mine AND c.retracted_at IS NULL
      AND jsonb_typeof(d.activist_codes) = 'array'
    ORDER BY c.voter, said.one ->> 'code', c.event_time DESC, c.seq DESC, said.place DESC
    ON CONFLICT (state, voter, organization, code) DO UPDATE
    SET applied = excluded.applied, event_time = excluded.event_time, seq = excluded.seq
    WHERE (excluded.event_time, excluded.seq) > (k.event_time, k.seq);
END $$;
GRANT EXECUTE ON FUNCTION sec.recount_codes(text, uuid[]) TO coop_app;

INSERT INTO public.canvass_coded (state, voter, organization, code, place, applied, event_time, seq)
SELECT DISTINCT ON (c.state, c.voter, c.organization, said.one ->> 'code')
       c.state, c.voter, c.organization, (said.one ->> 'code')::uuid, c.place, (said.one ->> 'applied')::boolean,
       c.event_time, c.seq
FROM public.canvass_contact AS c
JOIN public.canvass_contact_detail AS d ON d.state = c.state AND d.contact = c.contact
CROSS JOIN LATERAL jsonb_array_elements(d.activist_codes) WITH ORDINALITY AS said (one, place)
WHERE c.retracted_at IS NULL AND jsonb_typeof(d.activist_codes) = 'array'
ORDER BY c.state, c.voter, c.organization, said.one ->> 'code', c.event_time DESC, c.seq DESC, said.place DESC;
RESET ROLE;

CREATE TRIGGER keeps_codes AFTER INSERT ON canvass_contact_detail
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION sec.keep_codes();

-- Those who answered a state's question are few among all contacts: who asks for them reads no others.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX canvass_contact_answers ON canvass_contact (state, voter) WHERE state_answers IS NOT NULL;
