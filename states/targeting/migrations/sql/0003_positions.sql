-- Every exact answer is told with the position of the feed that it is of, read in its own
-- statement: which must go on being scanned in parallel.
SET LOCAL ROLE coop_worker;
ALTER FUNCTION sec.feed_head(text) PARALLEL SAFE;
RESET ROLE;
