DROP TRIGGER audit_events_no_change ON audit_events;
--;;
DROP TRIGGER audit_events_no_delete ON audit_events;
--;;
DROP FUNCTION audit_events_stay();
--;;
CREATE TRIGGER audit_events_no_change BEFORE UPDATE OR DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
