-- Figures for those who may count but not read: each carries noise that is drawn once a day for
-- a question, and a month has so many answers. Noise drawn by the set of voters would tell by two
-- equal figures that two sets are equal, and so whether one voter is in both.

CREATE TABLE targeting_answer (
    organization uuid NOT NULL,
    state text NOT NULL,
    day date NOT NULL,
    question bytea NOT NULL,
    views integer NOT NULL,
    told jsonb NOT NULL,
    CONSTRAINT targeting_answer_pkey PRIMARY KEY (organization, state, day, question),
    CONSTRAINT answer_costs_a_view CHECK (views > 0)
);
COMMENT ON COLUMN targeting_answer.question IS 'SHA-256 of the question; its words are kept nowhere.';
COMMENT ON COLUMN targeting_answer.views IS 'How many of its figures one voter can be in.';
SELECT sec.wall('targeting_answer');
GRANT SELECT, INSERT ON targeting_answer TO coop_worker;
CREATE POLICY worker_notes ON targeting_answer TO coop_worker USING (true) WITH CHECK (true);
GRANT SELECT ON jurisdictions_statepolicy TO coop_worker;
CREATE POLICY worker ON jurisdictions_statepolicy FOR SELECT TO coop_worker USING (true);
GRANT SELECT ON voters_publication TO coop_worker;
CREATE POLICY worker ON voters_publication FOR SELECT TO coop_worker USING (true);

SET LOCAL ROLE coop_worker;

-- A normal deviate (Box and Muller) from the server's strong random numbers: random() could be foretold.
CREATE FUNCTION sec.deviate() RETURNS double precision
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sqrt(-2 * ln((('x' || left(drawn.hex, 12))::bit(48)::bigint + 1) / 281474976710656.0))
           * cos(2 * pi() * ('x' || right(drawn.hex, 12))::bit(48)::bigint / 281474976710656.0)
    FROM (SELECT replace(gen_random_uuid()::text, '-', '')) AS drawn (hex)
$$;

-- One figure with its noise, half the threshold wide, in tens; NULL below `smallest`. That is judged with
-- the noise on it: a bound on the exact figure would tell that figure.
CREATE FUNCTION sec.disturbed(exact bigint, threshold integer, smallest integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    figure numeric := (exact + threshold / 2.0 * sec.deviate())::numeric;
BEGIN
    RETURN CASE WHEN figure >= smallest THEN round(figure, -1)::bigint END;
END $$;

-- The figures of one answer to the acting organization, as [first value, second value, figure]; every
-- path that answers who may count but not read ends here. What was told today is told again, and
-- costs nothing. A new answer costs a view for each distinct label: under '' lie voters in cells that
-- share none, other labels name figures of another kind about them all. Cells show themselves only from
-- twice the threshold on: an empty one is never shown, so a small one must hardly ever be.
CREATE FUNCTION sec.noised(in_state text, asked text, firsts text[], seconds text[], labels text[],
                           exact bigint[], in_cells boolean) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asker uuid := sec.organization();
    today date := (now() AT TIME ZONE 'UTC')::date;
    hashed bytea;
    cost integer := greatest(1, (SELECT count(DISTINCT l) FROM unnest(labels) AS l));
    policy record;
    answer jsonb;
BEGIN
    IF sec.action() IS DISTINCT FROM 'count' OR NOT in_state = ANY (sec.related_states()) THEN
        RAISE EXCEPTION 'nothing is counted here' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- Asked under other grants, or of another publication, it is another question.
    hashed := sha256(convert_to(concat_ws('|', asked,
        (SELECT max(p.number) FROM public.voters_publication AS p WHERE p.state = in_state),
        ARRAY(SELECT g.id FROM public.grants_grant AS g
              WHERE g.grantee = asker AND g.state_id = in_state AND g.status = 'active' AND 'count' = ANY (g.actions)
                AND now() >= g.starts_at AND clock_timestamp() < g.ends_at ORDER BY g.id)), 'UTF8'));
    PERFORM pg_advisory_xact_lock(hashtextextended('answers ' || asker || in_state, 0));
    SELECT a.told INTO answer FROM public.targeting_answer AS a
    WHERE a.organization = asker AND a.state = in_state AND a.day = today AND a.question = hashed;
    IF FOUND THEN
        RETURN answer;
    END IF;
    SELECT p.count_threshold AS threshold, p.count_answers_month AS answers INTO STRICT policy
    FROM public.jurisdictions_statepolicy AS p WHERE p.state_id = in_state;
    IF policy.answers < cost + (
        SELECT coalesce(sum(a.views), 0) FROM public.targeting_answer AS a
        WHERE a.organization = asker AND a.state = in_state AND a.day >= date_trunc('month', today)::date)
    THEN
        RAISE EXCEPTION 'the month''s answers are given' USING ERRCODE = 'configuration_limit_exceeded';
    END IF;
    SELECT coalesce(jsonb_agg(jsonb_build_array(f.first_value, f.second_value, f.figure) ORDER BY f.place), '[]')
    INTO answer
    FROM (SELECT c.first_value, c.second_value, c.place, sec.disturbed(c.figure, policy.threshold,
              CASE WHEN in_cells AND c.label = '' THEN 2 ELSE 1 END * policy.threshold) AS figure
          FROM unnest(firsts, seconds, labels, exact)
              WITH ORDINALITY AS c (first_value, second_value, label, figure, place)) AS f
    WHERE f.figure IS NOT NULL;
    INSERT INTO public.targeting_answer VALUES (asker, in_state, today, hashed, cost, answer);
    RETURN answer;
END $$;
GRANT EXECUTE ON FUNCTION sec.noised(text, text, text[], text[], text[], bigint[], boolean) TO coop_counter, coop_app;
RESET ROLE;

SET LOCAL ROLE coop_counter;
-- squawk-ignore ban-drop-function
DROP FUNCTION sec.signed_count(text, text);
-- squawk-ignore ban-drop-function
DROP FUNCTION sec.signed_breakdown(text, text);

-- Runs a statement that the application's compiler made and signed, as the counting role, and
-- returns its figure with noise on it. Nothing else can leave: the statement is bound to the
-- actor and the state by its signature, and an error tells nothing.
CREATE FUNCTION sec.signed_count(in_state text, statement text, signature text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    exact bigint;
BEGIN
    IF sec.action() IS DISTINCT FROM 'count' OR NOT sec.verified(
        concat_ws('|', 'count', in_state, current_setting('coop.actor'), statement), signature)
    THEN
        RAISE EXCEPTION 'this count was not signed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    BEGIN
        EXECUTE statement INTO exact;
    EXCEPTION WHEN query_canceled THEN RAISE;
        WHEN OTHERS THEN
            RAISE EXCEPTION 'the count failed' USING ERRCODE = 'internal_error';
    END;
    RETURN (sec.noised(in_state, 'count|' || statement, '{NULL}', '{NULL}', ARRAY[''], ARRAY[exact], false)
            -> 0 ->> 2)::bigint;
END $$;

-- The same for a statement whose rows are cells: two values, a figure, and what it counts ('' for voters).
CREATE FUNCTION sec.signed_breakdown(in_state text, statement text, signature text)
RETURNS TABLE (first_value text, second_value text, figure bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    cell record;
    firsts text[] := '{}';
    seconds text[] := '{}';
    labels text[] := '{}';
    exact bigint[] := '{}';
BEGIN
    IF sec.action() IS DISTINCT FROM 'count' OR NOT sec.verified(
        concat_ws('|', 'breakdown', in_state, current_setting('coop.actor'), statement), signature)
    THEN
        RAISE EXCEPTION 'this breakdown was not signed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    BEGIN
        FOR cell IN EXECUTE statement LOOP
            firsts := firsts || cell.first_value;
            seconds := seconds || cell.second_value;
            labels := labels || cell.label;
            exact := exact || cell.figure;
        END LOOP;
    EXCEPTION WHEN query_canceled THEN RAISE;
        WHEN OTHERS THEN
            RAISE EXCEPTION 'the breakdown failed' USING ERRCODE = 'internal_error';
    END;
    RETURN QUERY SELECT t.cell ->> 0, t.cell ->> 1, (t.cell ->> 2)::bigint
    FROM jsonb_array_elements(
        sec.noised(in_state, 'breakdown|' || statement, firsts, seconds, labels, exact, true))
        WITH ORDINALITY AS t (cell, place) ORDER BY t.place;
END $$;
GRANT EXECUTE ON FUNCTION sec.signed_count(text, text, text), sec.signed_breakdown(text, text, text) TO coop_app;
RESET ROLE;
