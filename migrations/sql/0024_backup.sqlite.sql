DROP TRIGGER audit_events_no_delete;
--;;
-- Only a security log without digests of rows may go, and only once its link in the chain is kept.
CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events
WHEN OLD.rows IS NOT NULL
  OR OLD.act NOT IN ('sign_in', 'refuse_sign_in', 'second_factor', 'refuse_second_factor', 'choose_post', 'sign_out', 'end_session')
  OR NOT EXISTS (SELECT 1 FROM audit_purged p WHERE p.seq = OLD.seq AND p.hash = OLD.hash AND p.previous_hash = OLD.previous_hash)
BEGIN SELECT RAISE(ABORT, 'audit_events are append-only'); END;
--;;
CREATE TRIGGER audit_purged_no_update BEFORE UPDATE ON audit_purged
BEGIN SELECT RAISE(ABORT, 'audit_purged are append-only'); END;
--;;
CREATE TRIGGER audit_purged_no_delete BEFORE DELETE ON audit_purged
BEGIN SELECT RAISE(ABORT, 'audit_purged are append-only'); END;
--;;
CREATE TRIGGER restorations_no_delete BEFORE DELETE ON restorations
BEGIN SELECT RAISE(ABORT, 'restorations are never deleted'); END;
