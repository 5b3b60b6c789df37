-- Survey questions that a state's party publishes for all who work in its state, and the answers
-- that organizations' own map to: what of a survey enters the pool.

ALTER TABLE canvass_survey_question ADD CONSTRAINT survey_question_published_in_a_state
    CHECK (published_in ~ '^[A-Z]{2}$');
CREATE INDEX canvass_survey_question_published ON canvass_survey_question (published_in, name)
    WHERE published_in IS NOT NULL;
CREATE POLICY published ON canvass_survey_question FOR SELECT TO coop_app
    USING (published_in = ANY ((SELECT sec.related_states())::text[]));
ALTER POLICY own_manage ON canvass_survey_question
    USING (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage')
    WITH CHECK (organization = (SELECT sec.organization()) AND (SELECT sec.action()) = 'manage'
        AND (published_in IS NULL OR published_in = ANY ((SELECT sec.owned_states('{manage}'))::text[])));
CREATE POLICY published ON canvass_survey_response FOR SELECT TO coop_app
    USING (EXISTS (SELECT FROM canvass_survey_question AS q
                   WHERE q.id = question_id AND q.published_in = ANY ((SELECT sec.related_states())::text[])));

ALTER TABLE canvass_contact ADD COLUMN state_answers jsonb;
COMMENT ON COLUMN canvass_contact.state_answers IS
    'Answers to questions that the state''s party published, as the contributor''s own map to them: pooled with the contact.';
GRANT SELECT ON canvass_survey_question, canvass_survey_response TO coop_worker;
CREATE POLICY maps ON canvass_survey_question FOR SELECT TO coop_worker USING (true);
CREATE POLICY maps ON canvass_survey_response FOR SELECT TO coop_worker USING (true);

SET LOCAL ROLE coop_worker;
CREATE FUNCTION sec.map_state_answers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.canvass_contact AS c
    SET state_answers = (
        SELECT jsonb_agg(jsonb_build_object('question', p.question_id, 'response', p.id) ORDER BY q.name)
        FROM jsonb_array_elements(NEW.survey_responses) AS a
        JOIN public.canvass_survey_response AS r ON r.id = (a ->> 'response')::uuid
        JOIN public.canvass_survey_response AS p ON p.id = coalesce(r.maps_to, r.id)
        JOIN public.canvass_survey_question AS q ON q.id = p.question_id AND q.published_in = NEW.state)
    WHERE c.state = NEW.state AND c.contact = NEW.contact;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION sec.map_state_answers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sec.map_state_answers() TO coop_owner;
RESET ROLE;
CREATE TRIGGER maps_answers AFTER INSERT ON canvass_contact_detail FOR EACH ROW
    WHEN (jsonb_typeof(NEW.survey_responses) = 'array' AND NEW.survey_responses <> '[]') EXECUTE FUNCTION sec.map_state_answers();
CREATE TRIGGER maps_answers_anew AFTER UPDATE OF survey_responses ON canvass_contact_detail FOR EACH ROW
    WHEN (jsonb_typeof(NEW.survey_responses) = 'array' AND NEW.survey_responses <> OLD.survey_responses) EXECUTE FUNCTION sec.map_state_answers();
