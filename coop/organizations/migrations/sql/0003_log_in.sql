-- The framework's tables hold no state's data and are read before an actor is known. The
-- rights are the least that log-in, sessions, second factors and permission names need.

GRANT SELECT, INSERT, UPDATE, DELETE ON django_session, account_emailaddress, account_emailconfirmation,
    mfa_authenticator TO coop_app;
GRANT USAGE, SELECT ON SEQUENCE account_emailaddress_id_seq, account_emailconfirmation_id_seq,
    mfa_authenticator_id_seq TO coop_app;
GRANT SELECT ON django_content_type, auth_permission, django_migrations TO coop_app;
GRANT SELECT, INSERT ON auth_group TO coop_app;
GRANT USAGE, SELECT ON SEQUENCE auth_group_id_seq TO coop_app;
GRANT SELECT ON organizations_person_groups, organizations_person_user_permissions TO coop_app;
