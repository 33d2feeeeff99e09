DROP TRIGGER audit_events_no_change ON audit_events;
--;;
CREATE TRIGGER audit_events_no_change BEFORE UPDATE ON audit_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
-- Only a security log without digests of rows may go, and only once its link in the chain is kept.
CREATE FUNCTION audit_events_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.rows IS NOT NULL
       OR OLD.act NOT IN ('sign_in', 'refuse_sign_in', 'second_factor', 'refuse_second_factor', 'choose_post', 'sign_out', 'end_session')
       OR NOT EXISTS (SELECT 1 FROM audit_purged p
                      WHERE p.seq = OLD.seq AND p.hash = OLD.hash AND p.previous_hash = OLD.previous_hash) THEN
        RAISE EXCEPTION 'audit_events: what is recorded is not changed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$;
--;;
CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_events_stay();
--;;
CREATE TRIGGER audit_purged_no_change BEFORE UPDATE OR DELETE ON audit_purged FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER audit_purged_no_truncate BEFORE TRUNCATE ON audit_purged FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER restorations_no_delete BEFORE DELETE ON restorations FOR EACH ROW EXECUTE FUNCTION refuse_change();
