-- The voters of a bitmap are found by their ordinals, where few are meant. Rows are written in that order, so that the index
-- is made from sorted values. It also holds that no two voters of a state are one in its bitmaps.
-- Readers go on while it is made; publications wait.
CREATE UNIQUE INDEX voters_registration_ordinal ON voters_registration (ordinal, state);
