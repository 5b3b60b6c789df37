SET LOCAL ROLE coop_worker;
-- Notes what the acting organization said of people whom nobody was found for, as it contributed or looked voters up,
-- in states whose exports hold tracers or held some. Nothing comes back. Of one organization so many wait at most:
-- beyond, the newest are not noted.
CREATE OR REPLACE FUNCTION sec.note_leads(in_state text, from_source text, leads jsonb) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.tracers_lead (state, organization, source, marks)
    SELECT in_state, sec.organization(), from_source,
           ARRAY(SELECT decode(m.mark, 'hex') FROM jsonb_array_elements_text(l.marks) AS m (mark))
    FROM jsonb_array_elements(leads) AS l (marks)
    WHERE (SELECT sec.action()) IN ('contribute', 'read') AND (SELECT sec.organization()) IS NOT NULL
      AND EXISTS (SELECT FROM public.tracers_setup AS t WHERE t.state = in_state)
      AND (SELECT count(*) FROM public.tracers_lead AS w
           WHERE w.state = in_state AND w.organization = sec.organization()) < 20000
$$;
RESET ROLE;
