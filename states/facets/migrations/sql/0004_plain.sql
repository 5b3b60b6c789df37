-- Bitmaps are compressed already: to try it once more at each write took longer than the write.
ALTER TABLE facets_registration ALTER COLUMN bits SET STORAGE EXTERNAL;
ALTER TABLE facets_demographics ALTER COLUMN bits SET STORAGE EXTERNAL;
ALTER TABLE facets_contact_details ALTER COLUMN bits SET STORAGE EXTERNAL;
ALTER TABLE facets_vote_history ALTER COLUMN bits SET STORAGE EXTERNAL;
ALTER TABLE facets_contacts ALTER COLUMN bits SET STORAGE EXTERNAL;
